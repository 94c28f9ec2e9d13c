-- expand
-- +goose Up

-- The oldest schema whose programs can work with this database. A migration that
-- takes away what programs of earlier schemas use raises it, so that these refuse
-- to start instead of failing request by request.
ALTER TABLE catalogue ADD min_schema bigint NOT NULL DEFAULT 7;

-- +goose Down
ALTER TABLE catalogue DROP min_schema;
