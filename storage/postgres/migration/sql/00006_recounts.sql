-- +goose Up

-- How far each search index has come with votes and views, which have a log of
-- their own: what counts before this is not known, so it begins at 0.
ALTER TABLE checkpoints ADD counted bigint NOT NULL DEFAULT 0 CHECK (counted >= 0);

-- +goose Down
ALTER TABLE checkpoints DROP counted;
