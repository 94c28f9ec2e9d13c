-- break
-- +goose Up

-- The searched values as they are, between edges, for expressions that are a text. canon
-- has the same edges from now on; the program fills both after the migrations, since it
-- finds another search_form.
ALTER TABLE movies ADD raw text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE series ADD raw text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE persons ADD raw text COLLATE "C" NOT NULL DEFAULT '';

-- Programs of earlier schemas write rows without them.
UPDATE catalogue SET min_schema = 12;

-- +goose Down
UPDATE catalogue SET min_schema = 11, search_form = '';
ALTER TABLE movies DROP raw;
ALTER TABLE series DROP raw;
ALTER TABLE persons DROP raw;
