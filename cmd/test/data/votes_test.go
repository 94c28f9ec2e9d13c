package data_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
)

// The votes of an import show in lists, objects and the index while a server runs, and
// a second import changes nothing. A user of an imported vote can take it back.
func TestImportedVotesShow(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	s := fixture.Serve(t, e, "--sample=false", "--log-level", "error")
	movies := fixture.WriteFile(t, "movies.csv", "movieId,title,genres\n1,\"Glass Harbour, The (1967)\",Drama\n2,Ferry (1968),Drama\n")
	fixture.Contains(t, fixture.Run(t, e, "import", "movielens", movies), "Created 3 objects")
	reader := fixture.Site{Base: s.Base, Token: fixture.NewToken(t, e, "--user", "movielens-1")}
	reader.AwaitIndex(t)
	votes := func(likes, dislikes string) {
		t.Helper()
		for _, path := range []string{"/2.0/movies?ids=1", "/2.0/movies?q=harbour", "/2.0/movies?genres=drama&sort=-title", "/2.0/movies?q=harbour&likes=" + likes + "..&dislikes=" + dislikes + ".."} {
			await.Nil(t, func() error {
				a := reader.Get(t, path)
				if a.At(t, "meta.total") == "0" {
					return fmt.Errorf("%s: no movie", path)
				}
				if got := a.At(t, "movies.0.likes") + " " + a.At(t, "movies.0.dislikes"); got != likes+" "+dislikes {
					return fmt.Errorf("%s: likes and dislikes: got %s, want %s %s", path, got, likes, dislikes)
				}
				if strings.Contains(path, "q=") && a.At(t, "meta.index_version") == "<nil>" {
					return fmt.Errorf("%s: want an answer of the index", path)
				}
				return nil
			})
		}
	}
	votes("0", "0")

	ratings := fixture.WriteFile(t, "ratings.csv", "userId,movieId,rating,timestamp\n1,1,5.0,9\n2,1,4.0,9\n3,1,0.5,9\n4,1,3.0,9\n1,9,4.0,9\n1,1,1.0,9\n1,1,4.5,9\n")
	want := "votes: 2 likes, 1 dislikes, 1 unchanged, 1 neither, 2 refused\n"
	fixture.Contains(t, fixture.Refuse(t, e, "import", "movielens", "--dry-run", movies, ratings), want, "0 objects would be created and 3 votes stored")
	fixture.Contains(t, fixture.Refuse(t, e, "import", "movielens", movies, ratings), want, "Created 0 objects and stored 3 votes",
		"ratings.csv:6: is for a movie that is not in the catalogue: 9\n",
		"ratings.csv:7: contradicts an earlier vote of the user: movielens-1 for movie 1\n")
	votes("2", "1")
	fixture.Contains(t, fixture.Refuse(t, e, "import", "movielens", movies, ratings), "votes: 0 likes, 0 dislikes, 4 unchanged, 1 neither, 2 refused\n", "Nothing changed.")
	reader.Do(t, http.MethodDelete, "/2.0/movies/1/vote", "", http.StatusNoContent)
	votes("1", "1")
	fixture.Contains(t, fixture.Run(t, e, "user", "list"), "movielens-1")
	fixture.Lacks(t, fixture.Run(t, e, "user", "list"), "movielens-2")
}
