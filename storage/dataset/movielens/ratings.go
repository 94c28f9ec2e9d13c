package movielens

import (
	"strconv"

	"marquee/storage"
	"marquee/storage/dataset/record"
	"marquee/storage/dataset/table"
	"marquee/storage/incoming"
)

const (
	// likeFrom and dislikeTo are the ratings that are votes, in stars.
	likeFrom  = 4
	dislikeTo = 2
	// minStars and maxStars are the bounds of ratings.
	minStars = 0.5
	maxStars = 5
)

// takeRating emits the vote of a row of ratings.
func (m *movielens) takeRating(row table.Row) error {
	in := &incoming.Record{Position: row.Position, Noun: storage.Movie, Vote: &incoming.Vote{}}
	if in.Refused = row.Fault; in.Refused == "" {
		in.Refused = readRating(in, row)
	}
	return m.out.Emit(in)
}

// readRating sets the vote of a record from a row. It returns the fault of the row, or "".
func readRating(in *incoming.Record, row table.Row) string {
	user, film := row.Cell("userId"), row.Cell("movieId")
	stars, err := strconv.ParseFloat(row.Cell("rating"), 64)
	switch {
	case !record.NumberID.MatchString(user):
		return "userId is not a MovieLens id"
	case !record.NumberID.MatchString(film):
		return "movieId is not a MovieLens id"
	case err != nil || !(stars >= minStars && stars <= maxStars): // NaN is no rating either
		return "rating must be a number from 0.5 to 5"
	case stars >= likeFrom:
		in.Vote.Value = storage.Like
	case stars <= dislikeTo:
		in.Vote.Value = storage.Dislike
	}
	in.Key, in.Vote.User = film, "movielens-"+user
	return ""
}
