-- expand
-- +goose NO TRANSACTION
-- +goose Up

-- Finds the events that are old enough to be forgotten. They come in the order of
-- time, so ranges of blocks are enough: 24 kB for a million events.
SET lock_timeout = 0;
DROP INDEX CONCURRENTLY IF EXISTS history_at;
CREATE INDEX CONCURRENTLY history_at ON history USING brin (at);
RESET lock_timeout;

-- +goose Down
DROP INDEX CONCURRENTLY history_at;
