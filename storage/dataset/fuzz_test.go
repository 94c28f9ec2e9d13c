package dataset_test

import (
	"os"
	"path/filepath"
	"testing"

	"marquee/storage"
	"marquee/storage/dataset"
	"marquee/storage/dataset/ndjson"
)

// FuzzFormats reads files of arbitrary bytes in every format. Open may refuse them. The
// reading must end without a panic, and each record must satisfy check.
func FuzzFormats(f *testing.F) {
	var objects []string
	for _, n := range storage.Nouns {
		objects = append(objects, string(ndjson.AppendLine(nil, n, full(n).AppendJSON(nil), map[string]string{"a": "b"})))
	}
	formats := []struct {
		name  string
		seeds []string
	}{
		{"wikipedia", []string{twoFilms, `[{"title":"A[1]","year":1950,"cast":["(","x)","Sr.","and B"],"href":"%00%ff#","extract":"is a 1940","thumbnail":"x","thumbnail_width":1}]`}},
		{"tmdb5000", []string{tmdbHead + tmdbRow(nil), tmdbHead + tmdbRow(map[string]string{"runtime": "-1", "vote_average": "1e400", "release_date": "----", "genres": "[{}]"})}},
		{"imdb", []string{"nconst\tprimaryName\nnm0000001\tAnn\n",
			"tconst\ttitleType\tprimaryTitle\tstartYear\tendYear\truntimeMinutes\tgenres\ntt0000001\tmovie\tA\t1950\t\\N\t00\tA,,B\n"}},
		{"tvmaze", []string{"[" + show + "," + episode(1, 1, 1, "https://t.example/episodes/1/-1x01-", "") + "]", "[" + episode(1, 1, 1, "a--b-1x01-x", "5") + "]"}},
		{"ndjson", append(objects, `{"noun":"season","key":"a","parent":"b","object":{"number":1}}`)},
		{"movielens", []string{"movieId,title,genres\n1,\"City, The (Ciudad, La) (a (b)) (1995)\",A|B|IMAX\n2,(),\n3,\", L' (2011-)\",\n"}},
	}
	for i, format := range formats {
		for _, s := range format.seeds {
			f.Add(uint8(i), []byte(s))
			f.Add(uint8(i), []byte(compress(f, s)))
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		path := filepath.Join(dir, "data")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := dataset.Open(formats[int(which)%len(formats)].name, []string{path})
		if err != nil {
			return
		}
		defer func() { _ = s.Close() }()
		for in, err := range s.Records(t.Context()) {
			if err != nil {
				return
			}
			check(t, in)
		}
	})
}
