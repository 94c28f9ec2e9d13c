-- break
-- +goose Up

-- What searches by words read. The program cuts texts into terms, so PostgreSQL's
-- dictionaries and configurations are not needed. The program fills the column after
-- the migrations, since it finds another search_form. A search reads the terms of many
-- rows, which takes half the time when they are in the row.
ALTER TABLE movies DROP terms, DROP words, ADD terms tsvector NOT NULL DEFAULT '', ALTER terms SET STORAGE MAIN;
ALTER TABLE series DROP terms, DROP words, ADD terms tsvector NOT NULL DEFAULT '', ALTER terms SET STORAGE MAIN;
ALTER TABLE persons DROP terms, DROP words, ADD terms tsvector NOT NULL DEFAULT '', ALTER terms SET STORAGE MAIN;
CREATE INDEX movies_terms ON movies USING gin (terms);
CREATE INDEX series_terms ON series USING gin (terms);
CREATE INDEX persons_terms ON persons USING gin (terms);
DROP TEXT SEARCH CONFIGURATION marquee_title, marquee_text;
DROP TEXT SEARCH DICTIONARY marquee_stem;

-- The order of the matches of a broad search that it does not rank.
CREATE INDEX movies_best ON movies ((coalesce(-imdb_rating * 10, 0)::int), id);
CREATE INDEX series_best ON series ((coalesce(-imdb_rating * 10, 0)::int), id);

-- How many objects of a noun have each term. Every write changes some numbers, so pages
-- have room for new versions of their rows.
DROP TABLE vocabulary;
CREATE TABLE vocabulary (
	noun text COLLATE "C" NOT NULL,
	term text COLLATE "C" NOT NULL,
	objects integer NOT NULL,
	PRIMARY KEY (noun, term)
) WITH (fillfactor = 70);

-- Finds the words that a misspelt word may mean. Words begin with a colon.
CREATE INDEX vocabulary_words ON vocabulary (noun, substr(term, 2, 1), length(term)) WHERE term LIKE ':%';

-- Programs of earlier schemas write rows without terms.
UPDATE catalogue SET min_schema = 11;

-- +goose Down
UPDATE catalogue SET min_schema = 7, search_form = '';
DROP TABLE vocabulary;
CREATE TABLE vocabulary (word text COLLATE "C" PRIMARY KEY);
CREATE INDEX vocabulary_similar ON vocabulary USING gin (word gin_trgm_ops);
DROP INDEX movies_best, series_best;
CREATE TEXT SEARCH DICTIONARY marquee_stem (TEMPLATE = snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION marquee_title (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION marquee_title ALTER MAPPING FOR asciiword, word WITH marquee_stem;
CREATE TEXT SEARCH CONFIGURATION marquee_text (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION marquee_text ALTER MAPPING FOR asciiword, word WITH english_stem;
ALTER TABLE movies DROP terms, ADD words text[] NOT NULL DEFAULT '{}';
ALTER TABLE series DROP terms, ADD words text[] NOT NULL DEFAULT '{}';
ALTER TABLE persons DROP terms, ADD words text[] NOT NULL DEFAULT '{}';
ALTER TABLE movies ADD terms tsvector NOT NULL GENERATED ALWAYS AS (ts_delete(
	setweight(to_tsvector('marquee_title', coalesce(words[1] || ' 0gap0 ' || words[4], '')), 'A') ||
	setweight(to_tsvector('marquee_title', coalesce('0gap0 ' || words[2], '')), 'B') ||
	setweight(to_tsvector('marquee_text', coalesce('0gap0 ' || words[3], '')), 'C') ||
	setweight(to_tsvector('marquee_title', coalesce('0gap0 ' || words[5], '')), 'D'), '0gap0')) STORED;
ALTER TABLE series ADD terms tsvector NOT NULL GENERATED ALWAYS AS (ts_delete(
	setweight(to_tsvector('marquee_title', coalesce(words[1] || ' 0gap0 ' || words[4], '')), 'A') ||
	setweight(to_tsvector('marquee_title', coalesce('0gap0 ' || words[2], '')), 'B') ||
	setweight(to_tsvector('marquee_text', coalesce('0gap0 ' || words[3], '')), 'C') ||
	setweight(to_tsvector('marquee_title', coalesce('0gap0 ' || words[5], '')), 'D'), '0gap0')) STORED;
ALTER TABLE persons ADD terms tsvector NOT NULL GENERATED ALWAYS AS (
	setweight(to_tsvector('marquee_title', coalesce(words[1] || ' 0gap0 ' || words[4], '')), 'A')) STORED;
CREATE INDEX movies_terms ON movies USING gin (terms);
CREATE INDEX series_terms ON series USING gin (terms);
CREATE INDEX persons_terms ON persons USING gin (terms);
