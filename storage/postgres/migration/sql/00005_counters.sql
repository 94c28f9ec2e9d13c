-- +goose Up

-- Votes and views, apart from the objects that have them: an update of a wide
-- row with its indexes costs a hundred times as much. Nothing is there for an
-- object that nobody voted for or watched.
CREATE TABLE movie_counters (
	id bigint PRIMARY KEY REFERENCES movies ON DELETE CASCADE,
	likes bigint NOT NULL DEFAULT 0 CHECK (likes >= 0),
	dislikes bigint NOT NULL DEFAULT 0 CHECK (dislikes >= 0),
	views bigint NOT NULL DEFAULT 0 CHECK (views >= 0)
);
CREATE INDEX movie_counters_likes ON movie_counters (likes);
CREATE INDEX movie_counters_dislikes ON movie_counters (dislikes);
CREATE INDEX movie_counters_views ON movie_counters (views);
INSERT INTO movie_counters SELECT id, likes, dislikes, views FROM movies WHERE likes + dislikes + views > 0;
ALTER TABLE movies DROP likes, DROP dislikes, DROP views;

CREATE TABLE serie_counters (
	id bigint PRIMARY KEY REFERENCES series ON DELETE CASCADE,
	likes bigint NOT NULL DEFAULT 0 CHECK (likes >= 0),
	dislikes bigint NOT NULL DEFAULT 0 CHECK (dislikes >= 0),
	views bigint NOT NULL DEFAULT 0 CHECK (views >= 0)
);
CREATE INDEX serie_counters_likes ON serie_counters (likes);
CREATE INDEX serie_counters_dislikes ON serie_counters (dislikes);
CREATE INDEX serie_counters_views ON serie_counters (views);
INSERT INTO serie_counters SELECT id, likes, dislikes, views FROM series WHERE likes + dislikes + views > 0;
ALTER TABLE series DROP likes, DROP dislikes, DROP views;

CREATE TABLE episode_counters (
	id bigint PRIMARY KEY REFERENCES episodes ON DELETE CASCADE,
	views bigint NOT NULL DEFAULT 0 CHECK (views >= 0)
);
CREATE INDEX episode_counters_views ON episode_counters (views);
INSERT INTO episode_counters SELECT id, views FROM episodes WHERE views > 0;
ALTER TABLE episodes DROP views;

-- What each user thinks of an object: 1 likes it, -1 does not.
CREATE TABLE movie_votes (
	id bigint NOT NULL REFERENCES movies ON DELETE CASCADE,
	user_name text COLLATE "C" NOT NULL,
	value smallint NOT NULL CHECK (value IN (1, -1)),
	PRIMARY KEY (id, user_name)
);
CREATE TABLE serie_votes (
	id bigint NOT NULL REFERENCES series ON DELETE CASCADE,
	user_name text COLLATE "C" NOT NULL,
	value smallint NOT NULL CHECK (value IN (1, -1)),
	PRIMARY KEY (id, user_name)
);

-- What votes and views add to the counters. A row goes in the transaction that
-- adds it, so that it is added once.
CREATE TABLE counts (
	seq bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	noun text NOT NULL,
	id bigint NOT NULL,
	likes bigint NOT NULL DEFAULT 0,
	dislikes bigint NOT NULL DEFAULT 0,
	views bigint NOT NULL DEFAULT 0
);

-- Whose counters changed, for those who hold copies. seq is that of the flush,
-- ordered as the commits are: who adds to it holds the catalogue's row.
CREATE TABLE counted (
	seq bigint NOT NULL,
	noun text NOT NULL,
	ids text[] NOT NULL,
	at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (seq, noun)
);
CREATE INDEX counted_at ON counted (at);
ALTER TABLE catalogue ADD counted bigint NOT NULL DEFAULT 0 CHECK (counted >= 0);

-- +goose Down
ALTER TABLE catalogue DROP counted;
DROP TABLE counted, counts, serie_votes, movie_votes;
ALTER TABLE movies
	ADD likes bigint NOT NULL DEFAULT 0 CHECK (likes >= 0),
	ADD dislikes bigint NOT NULL DEFAULT 0 CHECK (dislikes >= 0),
	ADD views bigint NOT NULL DEFAULT 0 CHECK (views >= 0);
ALTER TABLE series
	ADD likes bigint NOT NULL DEFAULT 0 CHECK (likes >= 0),
	ADD dislikes bigint NOT NULL DEFAULT 0 CHECK (dislikes >= 0),
	ADD views bigint NOT NULL DEFAULT 0 CHECK (views >= 0);
ALTER TABLE episodes ADD views bigint NOT NULL DEFAULT 0 CHECK (views >= 0);
UPDATE movies m SET likes = c.likes, dislikes = c.dislikes, views = c.views FROM movie_counters c WHERE c.id = m.id;
UPDATE series s SET likes = c.likes, dislikes = c.dislikes, views = c.views FROM serie_counters c WHERE c.id = s.id;
UPDATE episodes e SET views = c.views FROM episode_counters c WHERE c.id = e.id;
DROP TABLE episode_counters, serie_counters, movie_counters;
CREATE INDEX movies_likes ON movies (likes, id);
CREATE INDEX movies_dislikes ON movies (dislikes, id);
CREATE INDEX movies_views ON movies (views, id);
CREATE INDEX series_likes ON series (likes, id);
CREATE INDEX series_dislikes ON series (dislikes, id);
CREATE INDEX series_views ON series (views, id);
