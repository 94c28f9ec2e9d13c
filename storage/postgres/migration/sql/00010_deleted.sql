-- expand
-- +goose Up

-- Objects that were deleted and whose history is kept, with who owned them: all
-- such histories of one owner are bounded together. An object without an owner is
-- not here. version is that of the deletion, total how many bytes the histories
-- take of this and all that the owner's deletions left before it.
CREATE TABLE deleted (
	noun text NOT NULL,
	object_id text COLLATE "C" NOT NULL,
	owner text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	total bigint NOT NULL,
	at timestamptz(0) NOT NULL,
	PRIMARY KEY (noun, object_id)
);
CREATE INDEX deleted_owner ON deleted (owner, total);
CREATE INDEX deleted_at ON deleted (at);

-- Which token approved a request token: what the app gets in exchange ends with it
-- at the latest.
ALTER TABLE request_tokens ADD approved_by bigint;

-- +goose Down
ALTER TABLE request_tokens DROP approved_by;
DROP TABLE deleted;
