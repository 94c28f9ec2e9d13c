package dataset_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/incoming"
)

const (
	filmHead   = "movieId,title,genres\n"
	linkHead   = "movieId,imdbId,tmdbId\n"
	ratingHead = "userId,movieId,rating,timestamp\n"
)

func TestMovieLensJoinsItsTables(t *testing.T) {
	t.Parallel()
	movies := write(t, "movies.csv", filmHead+`7,"Matrix, The (1999)",Action|Sci-Fi|IMAX|Children`+"\n")
	links := write(t, "links.csv.gz", compress(t, linkHead+"7,0133093,603\n"))
	ratings := write(t, "ratings.csv", ratingHead+"3,7,4.5,1\n")
	tags := write(t, "tags.csv", "userId,movieId,tag,timestamp\n3,7,bullet time,1\n")
	want := map[string]any{"title": "The Matrix", "release_year": int64(1999), "imdb_id": "tt0133093", "genres": refs("Action", "Science Fiction", "Children")}
	for _, paths := range [][]string{{movies, links, ratings, tags}, {tags, ratings, links, movies}} {
		records := read(t, "movielens", paths...)
		if len(records) != 2 {
			t.Fatalf("got %d records, want 2", len(records))
		}
		film, vote := records[0], records[1]
		if diff := cmp.Diff(want, values(t, film)); diff != "" {
			t.Errorf("fields (-want +got):\n%s", diff)
		}
		if film.Key != "7" || film.Place() != "movies.csv:2" || film.Sources["tmdb"] != "603" {
			t.Errorf("got key %q, sources %v at %s", film.Key, film.Sources, film.Place())
		}
		if diff := cmp.Diff([]string{"put the article of a title in front", "filed genre Sci-Fi under Science Fiction", "dropped IMAX, which is not a genre"}, film.Repairs); diff != "" {
			t.Errorf("repairs (-want +got):\n%s", diff)
		}
		if vote.Noun != storage.Movie || vote.Key != "7" || *vote.Vote != (incoming.Vote{User: "movielens-3", Value: storage.Like}) || vote.Place() != "ratings.csv:2" {
			t.Errorf("got the vote %+v for %s %s at %s", vote.Vote, vote.Noun.Name, vote.Key, vote.Place())
		}
	}
	if records := read(t, "movielens", movies); len(records) != 1 || records[0].Sources != nil {
		t.Errorf("without links: got %d records", len(records))
	}
}

func TestMovieLensRatings(t *testing.T) {
	t.Parallel()
	const bad = "rating must be a number from 0.5 to 5"
	for cells, want := range map[string]string{
		"1,7,0.5,9": "-1", "1,7,2,9": "-1", "1,7,2.0,9": "-1", "1,7,2.5,9": "0", "1,7,3,9": "0", "1,7,3.5,9": "0", "1,7,4,9": "1", "1,7,5.0,9": "1",
		"1,7,0,9": bad, "1,7,5.5,9": bad, "1,7,-1,9": bad, "1,7,NaN,9": bad, "1,7,,9": bad, "1,7,good,9": bad, "1,7,1e400,9": bad,
		"x,7,4,9": "userId is not a MovieLens id", ",7,4,9": "userId is not a MovieLens id", "1,07,4,9": "movieId is not a MovieLens id",
		"1,7,4": "must have the 4 cells that the first line names",
	} {
		records := read(t, "movielens", write(t, "movies.csv", filmHead), write(t, "ratings.csv", ratingHead+cells+"\n"))
		if len(records) != 1 || records[0].Vote == nil {
			t.Fatalf("%s: got %d records, want a vote", cells, len(records))
		}
		got := records[0].Refused
		if got == "" {
			got = fmt.Sprint(int(records[0].Vote.Value))
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", cells, got, want)
		}
	}
}

func TestMovieLensDirt(t *testing.T) {
	t.Parallel()
	movies := filmHead + "1,A (1990),(no genres listed)\n2,B (1990),\n3,C (1990),Drama\n4,D (1990),Drama\nx,E (1990),Drama\n5, (1990),Drama\n6,F\n7,G (0000),Drama|Drama\n8,H (1990),\n"
	links := linkHead + "1,114709,5\n2,,5\n2,,5\n3,tt0133093,x\n3,0133094,\n4,zz,6\n9,0133095,7\n,1,1\n8,\n"
	var got []string
	for _, in := range read(t, "movielens", write(t, "movies.csv", movies), write(t, "links.csv", links)) {
		outcome := in.Refused + strings.Join(in.Repairs, ", ")
		if in.Refused == "" {
			v := values(t, in)
			outcome = fmt.Sprint(v["title"], " ", v["imdb_id"], " ", in.Sources["tmdb"], " ", v["genres"], " ", outcome)
		}
		got = append(got, in.Place()+" "+outcome)
	}
	want := []string{
		"links.csv:6 has other links for a film than an earlier row: links.csv:5",
		"links.csv:9 movieId is not a MovieLens id",
		"links.csv:10 must have the 3 cells that the first line names",
		"movies.csv:2 A tt0114709 5 <nil> ",
		"movies.csv:3 B <nil>  <nil> dropped a TMDB id that another film has: 5",
		"movies.csv:4 C tt0133093  " + fmt.Sprint(refs("Drama")) + " dropped a TMDB id that is not a number: x",
		"movies.csv:5 D <nil> 6 " + fmt.Sprint(refs("Drama")) + " dropped an IMDb id that is not a number: zz",
		"movies.csv:6 movieId is not a MovieLens id",
		"movies.csv:7 title is missing",
		"movies.csv:8 must have the 3 cells that the first line names",
		"movies.csv:9 G <nil>  " + fmt.Sprint(refs("Drama")) + " merged a repeated name, dropped release_year: must be a whole number from 1800 to 2999, not \"0000\"",
		"movies.csv:10 H <nil>  <nil> ",
		"links.csv:8 has the links of a film that is not in the table of movies",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestRealMovieLens(t *testing.T) {
	t.Parallel()
	repairs, years, linked := map[string]int{}, 0, 0
	votes := map[storage.Vote]int{}
	got := count(t, "movielens", "movielens-small", func(in *incoming.Record) {
		if in.Vote != nil {
			votes[in.Vote.Value]++
			return
		}
		if in.Edit.Values["release_year"] != nil {
			years++
		}
		if in.Edit.Values["imdb_id"] != nil && in.Sources["tmdb"] != "" {
			linked++
		}
		for _, m := range in.Repairs {
			kind, _, _ := strings.Cut(m, ": ")
			repairs[kind]++
		}
	})
	if got.Taken["movie"] != 9742+100836 || len(got.Refused) != 0 || years != 9730 || linked != 9733 {
		t.Errorf("got %v, refused %v, %d years, %d films linked to IMDb and TMDB", got.Taken, got.Refused, years, linked)
	}
	if diff := cmp.Diff(map[storage.Vote]int{storage.Like: 48580, storage.Dislike: 13523, storage.None: 38733}, votes); diff != "" {
		t.Errorf("votes (-want +got):\n%s", diff)
	}
	want := map[string]int{
		"dropped IMAX, which is not a genre":       158,
		"dropped a TMDB id that another film has":  1,
		"filed genre Film-Noir under Film Noir":    87,
		"filed genre Sci-Fi under Science Fiction": 980,
		"has no year":                         12,
		"left out another title":              1124,
		"put the article of a title in front": 1853,
		"read the first of a range of years":  1,
	}
	if diff := cmp.Diff(want, repairs); diff != "" {
		t.Errorf("repairs (-want +got):\n%s", diff)
	}
}
