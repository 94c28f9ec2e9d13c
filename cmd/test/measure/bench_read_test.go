package measure_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"marquee/deploy/devstack"
	"marquee/search/text"
	"marquee/storage/dataset"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
)

// benchFilms is a database with the 36,273 films, which is filled once.
var benchFilms struct {
	once sync.Once
	url  string
}

func filmsURL(b *testing.B) string {
	b.Helper()
	benchFilms.once.Do(func() {
		url := devstack.SharedPostgres(b)
		s := migrated(b, url)
		defer s.Close()
		importWikipedia(b, s)
		if err := s.Analyze(context.Background()); err != nil {
			b.Fatal(err)
		}
		benchFilms.url = url
	})
	return benchFilms.url
}

func migrated(b *testing.B, url string) *postgres.Store {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := postgres.Migrate(ctx, url, postgres.WithAnalysis(text.Analysis{})); err != nil {
		b.Fatal(err)
	}
	s, err := postgres.Open(ctx, url, postgres.WithAnalysis(text.Analysis{}))
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// importWikipedia imports the films, and returns the duration.
func importWikipedia(b *testing.B, s *postgres.Store) time.Duration {
	b.Helper()
	paths, err := filepath.Glob(filepath.Join(devstack.Data(b, "wikipedia"), "*.json.gz"))
	if err != nil {
		b.Fatal(err)
	}
	source, err := dataset.Open("wikipedia", paths)
	if err != nil {
		b.Fatal(err)
	}
	defer source.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	start := time.Now()
	if _, err := s.Import(ctx, source.Records(ctx), importer.Options{Source: source.Name()}); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkGetByID measures GET /2.0/movies/{id} without a cache. The peer is net/http
// with pgx, which reads the columns of the same row and writes its document. Limit: 0.7.
func BenchmarkGetByID(b *testing.B) {
	url := filmsURL(b)
	s := migrated(b, url)
	defer s.Close()
	pool := benchPool(b, url)
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.URL.Path[len("/2.0/movies/"):], 10, 64)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		body, err := scanBare(pool.QueryRow(r.Context(), `SELECT `+bareColumns+` FROM movies WHERE id = $1`, id))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writeBare(w, body)
	})
	var paths []string
	for id := range 1000 {
		paths = append(paths, fmt.Sprintf("/2.0/movies/%d", 1+id*36))
	}
	compare(b, quiet(s), bare, gets(paths...))
}

// BenchmarkListFiltered measures a page of 10 with two filters and its exact total. The
// peer is a handler that sends one statement for both and writes the documents. Limit:
// 0.6.
func BenchmarkListFiltered(b *testing.B) {
	url := filmsURL(b)
	s := migrated(b, url)
	defer s.Close()
	pool := benchPool(b, url)
	const (
		where = ` FROM movies m WHERE id IN (SELECT movie_id FROM movie_genres WHERE genre_id = ANY($1)) AND release_year >= $2 AND release_year <= $3`
		sql   = `SELECT (SELECT count(*)` + where + `), ` + bareColumns + ` FROM (SELECT m.id AS page_id, m.added AS page_key` + where + ` ORDER BY added, id LIMIT 11) k JOIN movies ON id = page_id ORDER BY page_key, id`
	)
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rows, err := pool.Query(r.Context(), sql, []string{"western"}, 1950, 1959)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		bodies, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]byte, error) { return scanBare(row, new(int64)) })
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writeBare(w, bodies...)
	})
	compare(b, quiet(s), bare, gets("/2.0/movies?genres=western&year=1950..1959"))
}

func benchPool(b *testing.B, url string) *pgxpool.Pool {
	b.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		b.Fatal(err)
	}
	config.MaxConns = 16 // as in the store
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return pool
}

// bareColumns are the columns of a response. Counters are in a table of their own.
const bareColumns = `id, version, (SELECT ARRAY[c.likes, c.dislikes, c.views] FROM movie_counters c WHERE c.id = movies.id), added, modified, document`

// scanBare scans the columns before, then bareColumns, and returns the document.
func scanBare(row pgx.Row, before ...any) ([]byte, error) {
	var id, version int64
	var counters []int64
	var added, modified time.Time
	var document []byte
	err := row.Scan(append(before, &id, &version, &counters, &added, &modified, &document)...)
	return document, err
}

func writeBare(w http.ResponseWriter, bodies ...[]byte) {
	length := 0
	for _, body := range bodies {
		length += len(body)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(length))
	for _, body := range bodies {
		_, _ = w.Write(body)
	}
}
