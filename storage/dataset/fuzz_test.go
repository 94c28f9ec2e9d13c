package dataset_test

import (
	"os"
	"path/filepath"
	"testing"

	"marquee/storage"
	"marquee/storage/dataset"
)

// fuzz feeds one format with files of arbitrary bytes: Open may refuse them,
// but what is read must end, not panic, and hold to what an importer relies on.
func fuzz(f *testing.F, format string, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
		f.Add([]byte(compress(f, s)))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, "data")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := dataset.Open(format, []string{path})
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

func FuzzWikipedia(f *testing.F) {
	fuzz(f, "wikipedia", twoFilms, `[{"title":"A[1]","year":1950,"cast":["(","x)","Sr.","and B"],"href":"%00%ff#","extract":"is a 1940","thumbnail":"x","thumbnail_width":1}]`)
}

func FuzzTMDB(f *testing.F) {
	fuzz(f, "tmdb5000", tmdbHead+tmdbRow(nil), tmdbHead+tmdbRow(map[string]string{"runtime": "-1", "vote_average": "1e400", "release_date": "----", "genres": "[{}]"}))
}

func FuzzIMDb(f *testing.F) {
	fuzz(f, "imdb", "nconst\tprimaryName\nnm0000001\tAnn\n",
		"tconst\ttitleType\tprimaryTitle\tstartYear\tendYear\truntimeMinutes\tgenres\ntt0000001\tmovie\tA\t1950\t\\N\t00\tA,,B\n")
}

func FuzzTVmaze(f *testing.F) {
	fuzz(f, "tvmaze", "["+show+","+episode(1, 1, 1, "https://t.example/episodes/1/-1x01-", "")+"]", "["+episode(1, 1, 1, "a--b-1x01-x", "5")+"]")
}

func FuzzNDJSON(f *testing.F) {
	var seeds []string
	for _, n := range storage.Nouns {
		seeds = append(seeds, string(dataset.AppendLine(nil, n, full(n).AppendJSON(nil), map[string]string{"a": "b"})))
	}
	fuzz(f, "ndjson", append(seeds, `{"noun":"season","key":"a","parent":"b","object":{"number":1}}`)...)
}
