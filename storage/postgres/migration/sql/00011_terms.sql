-- break
-- +goose Up

-- What searches by words read. The program cuts texts into terms, so PostgreSQL's
-- dictionaries and configurations are not needed. The program fills the columns after
-- the migrations, since it finds another search_form.
ALTER TABLE movies RENAME terms TO old_terms;
ALTER TABLE series RENAME terms TO old_terms;
ALTER TABLE persons RENAME terms TO old_terms;
ALTER INDEX movies_terms RENAME TO movies_old_terms;
ALTER INDEX series_terms RENAME TO series_old_terms;
ALTER INDEX persons_terms RENAME TO persons_old_terms;
ALTER TABLE vocabulary RENAME TO old_vocabulary;
ALTER INDEX vocabulary_pkey RENAME TO old_vocabulary_pkey;

ALTER TABLE movies ADD terms tsvector NOT NULL DEFAULT '';
ALTER TABLE series ADD terms tsvector NOT NULL DEFAULT '';
ALTER TABLE persons ADD terms tsvector NOT NULL DEFAULT '';
-- Searches read the terms of every match. Compressed they take twice as long.
ALTER TABLE movies ALTER terms SET STORAGE MAIN;
ALTER TABLE series ALTER terms SET STORAGE MAIN;
ALTER TABLE persons ALTER terms SET STORAGE MAIN;
CREATE INDEX movies_terms ON movies USING gin (terms);
CREATE INDEX series_terms ON series USING gin (terms);
CREATE INDEX persons_terms ON persons USING gin (terms);

-- The order of the matches of a broad search that it does not rank.
CREATE INDEX movies_best ON movies ((coalesce(-imdb_rating * 10, 0)::int), id);
CREATE INDEX series_best ON series ((coalesce(-imdb_rating * 10, 0)::int), id);

-- How many objects of a noun have each term. Every write changes some numbers, so pages
-- have room for new versions of their rows.
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
DROP INDEX movies_best, series_best;
ALTER TABLE movies DROP terms;
ALTER TABLE series DROP terms;
ALTER TABLE persons DROP terms;
ALTER TABLE movies RENAME old_terms TO terms;
ALTER TABLE series RENAME old_terms TO terms;
ALTER TABLE persons RENAME old_terms TO terms;
ALTER INDEX movies_old_terms RENAME TO movies_terms;
ALTER INDEX series_old_terms RENAME TO series_terms;
ALTER INDEX persons_old_terms RENAME TO persons_terms;
ALTER TABLE old_vocabulary RENAME TO vocabulary;
ALTER INDEX old_vocabulary_pkey RENAME TO vocabulary_pkey;
