-- expand
-- +goose Up

CREATE TABLE synonyms (
	id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(id) <= 64),
	version bigint NOT NULL,
	document_version bigint NOT NULL,
	document json NOT NULL,
	sort_key bytea NOT NULL,
	added timestamptz(0) NOT NULL,
	modified timestamptz(0) NOT NULL,
	owner text COLLATE "C",
	CHECK (json_array_length(document->'words') BETWEEN 2 AND 20)
);
CREATE INDEX synonyms_id ON synonyms (sort_key, id);
CREATE INDEX synonyms_added ON synonyms (added, id);
CREATE INDEX synonyms_modified ON synonyms (modified, id);
CREATE INDEX synonyms_version ON synonyms (version);

-- +goose Down
DROP TABLE synonyms;
