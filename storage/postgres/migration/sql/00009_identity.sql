-- expand
-- +goose Up

-- Which database the versions are of (Store.Identity). Where it is another than
-- the database's own, this is a copy of an earlier state: versions that come next
-- were used before, for something else.
ALTER TABLE catalogue ADD identity text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE catalogue DROP identity;
