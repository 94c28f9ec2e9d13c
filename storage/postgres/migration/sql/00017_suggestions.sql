-- break
-- +goose Up

-- What suggestions find labels by. The program cuts labels into words, and fills the tables
-- after the migrations, since it finds another search_form. An object has its number or its
-- slug as its id; the other one is 0 or empty.
CREATE TABLE suggestions (
	noun text COLLATE "C" NOT NULL,
	number bigint NOT NULL,
	slug text COLLATE "C" NOT NULL,
	label text NOT NULL,
	release_year integer,
	words text[] COLLATE "C" NOT NULL,
	likes bigint NOT NULL,
	views bigint NOT NULL,
	rating integer NOT NULL,
	PRIMARY KEY (noun, number, slug)
) WITH (fillfactor = 90);

-- Each word of a label, and the whole label after a mark.
CREATE TABLE suggestion_words (
	noun text COLLATE "C" NOT NULL,
	word text COLLATE "C" NOT NULL,
	number bigint NOT NULL,
	slug text COLLATE "C" NOT NULL,
	PRIMARY KEY (noun, word, number, slug)
);
CREATE INDEX suggestion_words_object ON suggestion_words (noun, number, slug);

-- The first one, two and three letters of each word, in the order of suggestions. Thousands
-- of objects have a short prefix, so an index has to know the best. starts is true if the
-- whole label starts with it.
CREATE TABLE suggestion_prefixes (
	noun text COLLATE "C" NOT NULL,
	prefix text COLLATE "C" NOT NULL,
	starts boolean NOT NULL,
	likes bigint NOT NULL,
	views bigint NOT NULL,
	rating integer NOT NULL,
	number bigint NOT NULL,
	slug text COLLATE "C" NOT NULL
) WITH (fillfactor = 90);
CREATE INDEX suggestion_prefixes_order ON suggestion_prefixes (noun, prefix, starts, likes DESC, views DESC, rating DESC, number, slug);
CREATE INDEX suggestion_prefixes_object ON suggestion_prefixes (noun, number, slug);

-- Programs of earlier schemas write labels without them.
UPDATE catalogue SET min_schema = 17;

-- +goose Down
UPDATE catalogue SET min_schema = 16, search_form = '';
DROP TABLE suggestions, suggestion_words, suggestion_prefixes;
