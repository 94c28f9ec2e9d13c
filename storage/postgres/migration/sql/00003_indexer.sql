-- +goose Up

-- How far each physical search index has come. Only a live one is read; two are
-- live for the moment in which readers are moved from one to the other.
CREATE TABLE checkpoints (
	index text COLLATE "C" PRIMARY KEY CHECK (index <> ''),
	state text NOT NULL DEFAULT 'building' CHECK (state IN ('building', 'live', 'kept')),
	version bigint NOT NULL CHECK (version >= 0),
	created timestamptz NOT NULL DEFAULT now(),
	updated timestamptz NOT NULL DEFAULT now()
);

-- What a search index refused, until it takes a later version of the object.
CREATE TABLE dead_letters (
	index text COLLATE "C" NOT NULL REFERENCES checkpoints ON DELETE CASCADE,
	noun text NOT NULL,
	id text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	reason text NOT NULL,
	at timestamptz NOT NULL DEFAULT now(),
	attempts integer NOT NULL DEFAULT 1 CHECK (attempts > 0),
	PRIMARY KEY (index, noun, id)
);

-- +goose Down
DROP TABLE dead_letters, checkpoints;
