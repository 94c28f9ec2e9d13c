-- +goose Up

-- Who has stored how much. A user is here as soon as there is a token for them,
-- an app under the name that it acts for itself by. quota_bytes: 0 is no limit,
-- null the limit that the program is run with.
CREATE TABLE users (
	name text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
	quota_bytes bigint CHECK (quota_bytes >= 0),
	used_bytes bigint NOT NULL DEFAULT 0 CHECK (used_bytes >= 0),
	created timestamptz NOT NULL DEFAULT now()
);

-- Apps, the clients of OAuth 1.0a. Its signatures need the secrets themselves,
-- so these are encrypted (AES-256-GCM), with what they belong to as additional
-- data; the key is not in the database.
CREATE TABLE apps (
	id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	name text COLLATE "C" NOT NULL CHECK (name <> ''),
	consumer_key text COLLATE "C" NOT NULL UNIQUE,
	secret bytea NOT NULL,
	role text NOT NULL CHECK (role IN ('editor', 'admin')),
	created timestamptz NOT NULL DEFAULT now(),
	revoked timestamptz
);
CREATE UNIQUE INDEX apps_name ON apps (name) WHERE revoked IS NULL;

-- A token has a hash when it is a bearer token, and an OAuth token with its
-- encrypted secret when it is an app's.
ALTER TABLE tokens RENAME name TO user_name;
ALTER TABLE tokens
	DROP CONSTRAINT tokens_pkey,
	ALTER hash DROP NOT NULL,
	ADD UNIQUE (hash),
	ADD id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	ADD app_id bigint REFERENCES apps,
	ADD prefix text NOT NULL DEFAULT '',
	ADD oauth_token text COLLATE "C" UNIQUE,
	ADD secret bytea,
	ADD expires timestamptz,
	ADD revoked timestamptz,
	ADD CHECK (hash IS NOT NULL OR oauth_token IS NOT NULL),
	ADD CHECK ((oauth_token IS NULL) = (secret IS NULL) AND (oauth_token IS NULL) = (app_id IS NULL));
CREATE INDEX tokens_app ON tokens (app_id);
INSERT INTO users (name) SELECT DISTINCT user_name FROM tokens;

-- Temporary credentials (RFC 5849, section 2.1), until they are exchanged. A
-- verifier is there once the user has approved.
CREATE TABLE request_tokens (
	token text COLLATE "C" PRIMARY KEY,
	app_id bigint NOT NULL REFERENCES apps,
	secret bytea NOT NULL,
	callback text NOT NULL,
	expires timestamptz NOT NULL,
	user_name text,
	role text CHECK (role IN ('editor', 'admin')),
	verifier_hash bytea CHECK (length(verifier_hash) = 32),
	CHECK ((user_name IS NULL) = (verifier_hash IS NULL) AND (user_name IS NULL) = (role IS NULL))
);
CREATE INDEX request_tokens_expires ON request_tokens (expires);

-- Whose storage an object counts in: the user who created it, null for an import.
ALTER TABLE genres ADD owner text COLLATE "C";
ALTER TABLE persons ADD owner text COLLATE "C";
ALTER TABLE movies ADD owner text COLLATE "C";
ALTER TABLE series ADD owner text COLLATE "C";
ALTER TABLE seasons ADD owner text COLLATE "C";
ALTER TABLE episodes ADD owner text COLLATE "C";

-- What editors did to each object. It outlives the log. before is the state that
-- an update or deletion replaced, and replaced that state's version; the present
-- state is in the object's own row.
CREATE TABLE history (
	noun text NOT NULL,
	object_id text COLLATE "C" NOT NULL,
	version bigint NOT NULL CHECK (version > 0),
	operation text NOT NULL CHECK (operation IN ('create', 'update', 'delete')),
	who text NOT NULL,
	at timestamptz(0) NOT NULL,
	fields text[] NOT NULL,
	replaced bigint,
	before json,
	PRIMARY KEY (noun, object_id, version),
	CHECK ((replaced IS NULL) = (operation = 'create') AND (before IS NULL) = (operation = 'create'))
);

-- +goose Down
DROP TABLE history, request_tokens;
ALTER TABLE genres DROP owner;
ALTER TABLE persons DROP owner;
ALTER TABLE movies DROP owner;
ALTER TABLE series DROP owner;
ALTER TABLE seasons DROP owner;
ALTER TABLE episodes DROP owner;
DELETE FROM tokens WHERE hash IS NULL OR revoked IS NOT NULL OR expires IS NOT NULL;
ALTER TABLE tokens DROP CONSTRAINT tokens_pkey, DROP CONSTRAINT tokens_hash_key, DROP app_id, DROP prefix, DROP oauth_token, DROP secret, DROP expires, DROP revoked, DROP id;
ALTER TABLE tokens ADD PRIMARY KEY (hash);
ALTER TABLE tokens RENAME user_name TO name;
DROP TABLE apps, users;
