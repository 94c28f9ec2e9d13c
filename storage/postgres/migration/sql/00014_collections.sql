-- expand
-- +goose Up

CREATE TABLE collections (
	id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(id) <= 64),
	version bigint NOT NULL,
	document_version bigint NOT NULL,
	document json NOT NULL,
	sort_key bytea NOT NULL,
	folded text COLLATE "C" NOT NULL,
	added timestamptz(0) NOT NULL,
	modified timestamptz(0) NOT NULL,
	owner text COLLATE "C",
	CONSTRAINT collections_name_key UNIQUE (folded),
	CHECK (length(document->>'name') BETWEEN 1 AND 200)
);
CREATE INDEX collections_name ON collections (sort_key, id);
CREATE INDEX collections_added ON collections (added, id);
CREATE INDEX collections_modified ON collections (modified, id);
CREATE INDEX collections_version ON collections (version);

-- The films that a collection pins or hides. A film that is among them cannot be deleted.
CREATE TABLE collection_movies (
	collection_id text COLLATE "C" NOT NULL REFERENCES collections ON DELETE CASCADE,
	movie_id bigint NOT NULL REFERENCES movies,
	PRIMARY KEY (collection_id, movie_id)
);
CREATE INDEX collection_movies_movie ON collection_movies (movie_id, collection_id);

-- +goose Down
DROP TABLE collection_movies, collections;
