-- break
-- +goose Up

-- What lists are filtered by. The columns are generated, which rewrites the tables, so
-- running programs would wait. The codes have no characters that JSON or CSV escape.
ALTER TABLE movies
	ADD languages text[] COLLATE "C" NOT NULL GENERATED ALWAYS AS (string_to_array(translate(coalesce(document->>'languages', ''), '[]" ', ''), ',')) STORED,
	ADD countries text[] COLLATE "C" NOT NULL GENERATED ALWAYS AS (string_to_array(translate(coalesce(document->>'countries', ''), '[]" ', ''), ',')) STORED,
	ADD mpaa text COLLATE "C" GENERATED ALWAYS AS (document->>'mpaa') STORED;
ALTER TABLE series
	ADD languages text[] COLLATE "C" NOT NULL GENERATED ALWAYS AS (string_to_array(translate(coalesce(document->>'languages', ''), '[]" ', ''), ',')) STORED,
	ADD countries text[] COLLATE "C" NOT NULL GENERATED ALWAYS AS (string_to_array(translate(coalesce(document->>'countries', ''), '[]" ', ''), ',')) STORED;
CREATE INDEX movies_languages ON movies USING gin (languages);
CREATE INDEX movies_countries ON movies USING gin (countries);
CREATE INDEX movies_mpaa ON movies (mpaa, id);
CREATE INDEX series_languages ON series USING gin (languages);
CREATE INDEX series_countries ON series USING gin (countries);

-- Values of all objects are counted from one index, without reading the tables.
DROP INDEX movies_release_year, series_release_year;
CREATE INDEX movies_release_year ON movies (release_year, id) INCLUDE (mpaa, languages, countries);
CREATE INDEX series_release_year ON series (release_year, id) INCLUDE (languages, countries);

UPDATE catalogue SET min_schema = 16;

-- +goose Down
UPDATE catalogue SET min_schema = 13;
DROP INDEX movies_release_year, series_release_year;
CREATE INDEX movies_release_year ON movies (release_year, id);
CREATE INDEX series_release_year ON series (release_year, id);
ALTER TABLE movies DROP languages, DROP countries, DROP mpaa;
ALTER TABLE series DROP languages, DROP countries;
