-- +goose Up

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- How words are compared. They come folded and cut from the program, so that
-- neither the parser nor the database's locale has a say; only the English stems
-- are PostgreSQL's. Titles and names keep their stop words, or "It" and "The Who"
-- would be lost; descriptions do not.
CREATE TEXT SEARCH DICTIONARY marquee_stem (TEMPLATE = snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION marquee_title (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION marquee_title ALTER MAPPING FOR asciiword, word WITH marquee_stem;
CREATE TEXT SEARCH CONFIGURATION marquee_text (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION marquee_text ALTER MAPPING FOR asciiword, word WITH english_stem;

-- What is searched, beside each searched object; the program writes it with the
-- document. names are those of the persons shown. canon is what regular
-- expressions narrow by, digests what exact texts and whole titles do. words are
-- the title's, the names', the description's, the title's as compounds, and those
-- of genres and years; terms are made of them, with a gap of one position (0gap0) wherever a
-- phrase must not reach across.

ALTER TABLE movies
	ADD names text[] NOT NULL DEFAULT '{}',
	ADD canon text COLLATE "C" NOT NULL DEFAULT '',
	ADD digests bigint[] NOT NULL DEFAULT '{}',
	ADD words text[] NOT NULL DEFAULT '{}',
	ADD terms tsvector NOT NULL GENERATED ALWAYS AS (ts_delete(
		setweight(to_tsvector('marquee_title', coalesce(words[1] || ' 0gap0 ' || words[4], '')), 'A') ||
		setweight(to_tsvector('marquee_title', coalesce('0gap0 ' || words[2], '')), 'B') ||
		setweight(to_tsvector('marquee_text', coalesce('0gap0 ' || words[3], '')), 'C') ||
		setweight(to_tsvector('marquee_title', coalesce('0gap0 ' || words[5], '')), 'D'), '0gap0')) STORED;
CREATE INDEX movies_terms ON movies USING gin (terms);
CREATE INDEX movies_canon ON movies USING gin (canon gin_trgm_ops);
CREATE INDEX movies_digests ON movies USING gin (digests);

ALTER TABLE series
	ADD names text[] NOT NULL DEFAULT '{}',
	ADD canon text COLLATE "C" NOT NULL DEFAULT '',
	ADD digests bigint[] NOT NULL DEFAULT '{}',
	ADD words text[] NOT NULL DEFAULT '{}',
	ADD terms tsvector NOT NULL GENERATED ALWAYS AS (ts_delete(
		setweight(to_tsvector('marquee_title', coalesce(words[1] || ' 0gap0 ' || words[4], '')), 'A') ||
		setweight(to_tsvector('marquee_title', coalesce('0gap0 ' || words[2], '')), 'B') ||
		setweight(to_tsvector('marquee_text', coalesce('0gap0 ' || words[3], '')), 'C') ||
		setweight(to_tsvector('marquee_title', coalesce('0gap0 ' || words[5], '')), 'D'), '0gap0')) STORED;
CREATE INDEX series_terms ON series USING gin (terms);
CREATE INDEX series_canon ON series USING gin (canon gin_trgm_ops);
CREATE INDEX series_digests ON series USING gin (digests);

ALTER TABLE persons
	ADD canon text COLLATE "C" NOT NULL DEFAULT '',
	ADD digests bigint[] NOT NULL DEFAULT '{}',
	ADD words text[] NOT NULL DEFAULT '{}',
	ADD terms tsvector NOT NULL GENERATED ALWAYS AS (
		setweight(to_tsvector('marquee_title', coalesce(words[1] || ' 0gap0 ' || words[4], '')), 'A')) STORED;
CREATE INDEX persons_terms ON persons USING gin (terms);
CREATE INDEX persons_canon ON persons USING gin (canon gin_trgm_ops);
CREATE INDEX persons_digests ON persons USING gin (digests);

-- Words of titles and names, which mistyped ones are compared with. One that
-- nothing has any more does no harm: it finds nothing.
CREATE TABLE vocabulary (word text COLLATE "C" PRIMARY KEY);
CREATE INDEX vocabulary_similar ON vocabulary USING gin (word gin_trgm_ops);

-- The form in which the program wrote these columns, '' for not at all. Another
-- than the program's own means that they have to be written anew.
ALTER TABLE catalogue ADD search_form text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE catalogue DROP search_form;
DROP TABLE vocabulary;
ALTER TABLE movies DROP terms, DROP words, DROP digests, DROP canon, DROP names;
ALTER TABLE series DROP terms, DROP words, DROP digests, DROP canon, DROP names;
ALTER TABLE persons DROP terms, DROP words, DROP digests, DROP canon;
DROP TEXT SEARCH CONFIGURATION marquee_title, marquee_text;
DROP TEXT SEARCH DICTIONARY marquee_stem;
DROP EXTENSION pg_trgm;
