package measure_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/deploy/devstack"
)

// copied are the tables that an import of films fills, in the order of their
// references.
var copied = []string{"genres", "persons", "movies", "movie_genres", "movie_persons", "sources", "vocabulary"}

// columns returns the columns of a table that are not generated.
func columns(b *testing.B, conn *pgx.Conn, table string) string {
	b.Helper()
	var list string
	err := conn.QueryRow(context.Background(), `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`, table).Scan(&list)
	if err != nil {
		b.Fatal(err)
	}
	return list
}

// BenchmarkImport measures the import of the 36,273 films from their files. The peer is
// a bare COPY of the resulting rows into the same tables, with the same indexes and
// constraints. Only the import reads, checks and resolves the files. Limit: 0.3 of the
// rows per second.
func BenchmarkImport(b *testing.B) {
	source, err := pgx.Connect(context.Background(), filmsURL(b))
	if err != nil {
		b.Fatal(err)
	}
	defer source.Close(context.Background())
	var rows int64
	dumps := make([]bytes.Buffer, len(copied))
	for i, table := range copied {
		tag, err := source.PgConn().CopyTo(context.Background(), &dumps[i], fmt.Sprintf("COPY %s (%s) TO STDOUT (FORMAT binary)", table, columns(b, source, table)))
		if err != nil {
			b.Fatal(err)
		}
		rows += tag.RowsAffected()
	}
	var ours, bare []float64
	for range 3 {
		s := migrated(b, devstack.Postgres(b))
		ours = append(ours, importWikipedia(b, s).Seconds())
		s.Close()
		bare = append(bare, copyBare(b, dumps).Seconds())
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(bare)/median(ours), "ratio")
	b.ReportMetric(float64(rows)/median(ours), "ours-rows/s")
	b.ReportMetric(float64(rows)/median(bare), "bare-rows/s")
	b.ReportMetric(slices.Min(ours), "ours-s")
}

// copyBare copies the rows into new tables, and returns the duration.
func copyBare(b *testing.B, dumps []bytes.Buffer) time.Duration {
	b.Helper()
	url := devstack.Postgres(b)
	migrated(b, url).Close()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(context.Background())
	into := make([]string, len(copied))
	for i, table := range copied {
		into[i] = fmt.Sprintf("COPY %s (%s) FROM STDIN (FORMAT binary)", table, columns(b, conn, table))
	}
	start := time.Now()
	for i, sql := range into {
		if _, err := conn.PgConn().CopyFrom(context.Background(), bytes.NewReader(dumps[i].Bytes()), sql); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
	return time.Since(start)
}
