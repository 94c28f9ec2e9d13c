-- break
-- +goose Up

-- The searched values apart from the documents, so that an expression reads a fifth of the
-- pages, and a write that changes no searched value leaves their indexes alone. raw has the
-- values between edges, canon the same in the form that ignores case. A value may contain an
-- edge itself: then edged has the values.
CREATE TABLE movie_texts (
	id bigint PRIMARY KEY REFERENCES movies ON DELETE CASCADE,
	raw text COLLATE "C" NOT NULL,
	canon text COLLATE "C" NOT NULL,
	digests bigint[] NOT NULL,
	edged text[]
);
CREATE TABLE serie_texts (LIKE movie_texts INCLUDING ALL, FOREIGN KEY (id) REFERENCES series ON DELETE CASCADE);
CREATE TABLE person_texts (LIKE movie_texts INCLUDING ALL, FOREIGN KEY (id) REFERENCES persons ON DELETE CASCADE);

-- The character U+FFFD stands for an edge in a value, or for itself.
INSERT INTO movie_texts SELECT id, raw, canon, digests,
	CASE WHEN raw LIKE U&'%\FFFD%' THEN array_remove(ARRAY[document->>'title', document->>'description'], NULL) || names END FROM movies;
INSERT INTO serie_texts SELECT id, raw, canon, digests,
	CASE WHEN raw LIKE U&'%\FFFD%' THEN array_remove(ARRAY[document->>'title', document->>'description'], NULL) || names END FROM series;
INSERT INTO person_texts SELECT id, raw, canon, digests,
	CASE WHEN raw LIKE U&'%\FFFD%' THEN ARRAY[document->>'name'] END FROM persons;
CREATE INDEX movie_texts_canon ON movie_texts USING gin (canon gin_trgm_ops);
CREATE INDEX serie_texts_canon ON serie_texts USING gin (canon gin_trgm_ops);
CREATE INDEX person_texts_canon ON person_texts USING gin (canon gin_trgm_ops);
CREATE INDEX movie_texts_digests ON movie_texts USING gin (digests);
CREATE INDEX serie_texts_digests ON serie_texts USING gin (digests);
CREATE INDEX person_texts_digests ON person_texts USING gin (digests);
ALTER TABLE movies DROP raw, DROP canon, DROP digests, DROP names;
ALTER TABLE series DROP raw, DROP canon, DROP digests, DROP names;
ALTER TABLE persons DROP raw, DROP canon, DROP digests;

-- One row has both numbers of a text: of the objects that have it as a term, and of those
-- that have it as a word. Most words are their own terms, so a write changes fewer rows.
-- There is no other index: words are found by their first letter.
CREATE TABLE vocabulary_new (
	noun text COLLATE "C" NOT NULL,
	term text COLLATE "C" NOT NULL,
	objects integer NOT NULL,
	words integer NOT NULL
) WITH (fillfactor = 70);
INSERT INTO vocabulary_new SELECT noun, CASE WHEN term LIKE ':%' THEN substr(term, 2) ELSE term END AS text,
	coalesce(sum(objects) FILTER (WHERE term NOT LIKE ':%'), 0), coalesce(sum(objects) FILTER (WHERE term LIKE ':%'), 0)
	FROM vocabulary GROUP BY noun, text ORDER BY noun, text;
DROP TABLE vocabulary;
ALTER TABLE vocabulary_new RENAME TO vocabulary;
ALTER TABLE vocabulary ADD PRIMARY KEY (noun, term);

-- Programs of earlier schemas read the columns.
UPDATE catalogue SET min_schema = 13;

-- +goose Down
UPDATE catalogue SET min_schema = 12, search_form = '';
DROP TABLE vocabulary;
CREATE TABLE vocabulary (
	noun text COLLATE "C" NOT NULL,
	term text COLLATE "C" NOT NULL,
	objects integer NOT NULL,
	PRIMARY KEY (noun, term)
) WITH (fillfactor = 70);
CREATE INDEX vocabulary_words ON vocabulary (noun, substr(term, 2, 1), length(term)) WHERE term LIKE ':%';
ALTER TABLE movies ADD raw text COLLATE "C" NOT NULL DEFAULT '', ADD canon text COLLATE "C" NOT NULL DEFAULT '',
	ADD digests bigint[] NOT NULL DEFAULT '{}', ADD names text[] NOT NULL DEFAULT '{}';
ALTER TABLE series ADD raw text COLLATE "C" NOT NULL DEFAULT '', ADD canon text COLLATE "C" NOT NULL DEFAULT '',
	ADD digests bigint[] NOT NULL DEFAULT '{}', ADD names text[] NOT NULL DEFAULT '{}';
ALTER TABLE persons ADD raw text COLLATE "C" NOT NULL DEFAULT '', ADD canon text COLLATE "C" NOT NULL DEFAULT '',
	ADD digests bigint[] NOT NULL DEFAULT '{}';
CREATE INDEX movies_canon ON movies USING gin (canon gin_trgm_ops);
CREATE INDEX series_canon ON series USING gin (canon gin_trgm_ops);
CREATE INDEX persons_canon ON persons USING gin (canon gin_trgm_ops);
CREATE INDEX movies_digests ON movies USING gin (digests);
CREATE INDEX series_digests ON series USING gin (digests);
CREATE INDEX persons_digests ON persons USING gin (digests);
DROP TABLE movie_texts, serie_texts, person_texts;
