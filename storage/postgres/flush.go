package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
)

const (
	// maxCounts is how many votes and views one transaction adds up: they are held
	// for some tens of milliseconds, in which writers wait.
	maxCounts = 5000
	// keepCounted is how long the log of changed counters is kept: readers ask
	// every few seconds, and one that comes later refreshes everything.
	keepCounted = 5 * time.Minute
)

// FlushCounters adds the votes and views that have come since to the counters of
// their objects, and returns how many objects that were. Each is added once,
// whoever flushes at the same time or is killed: it is deleted in the transaction
// that adds it. Counters change no version.
func (s *Store) FlushCounters(ctx context.Context) (int, error) {
	touched := 0
	for {
		n, taken, err := s.flushSome(ctx)
		if err != nil {
			return touched, fmt.Errorf("write votes and views: %w", err)
		}
		if touched += n; taken < maxCounts {
			return touched, nil
		}
	}
}

// flushSome returns how many objects it touched, and how many votes and views
// it took for that.
func (s *Store) flushSome(ctx context.Context) (touched, taken int, err error) {
	var waiting bool
	if err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM counts)`).Scan(&waiting); err != nil || !waiting {
		return 0, 0, translate(err)
	}
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		f := &flushing{tx: tx}
		// The lock of every write: nothing that is counted is deleted meanwhile, and
		// the numbers are in the order of the commits.
		if err := tx.QueryRow(ctx, `UPDATE catalogue SET counted = counted + 1 RETURNING counted`).Scan(&f.seq); err != nil {
			return err
		}
		if taken, err = f.take(ctx); err != nil {
			return err
		}
		for _, n := range storage.Nouns {
			some, err := f.add(ctx, n)
			if err != nil {
				return err
			}
			touched += some
		}
		return f.tell(ctx)
	})
	return touched, taken, err
}

// flushing is a flush inside its transaction.
type flushing struct {
	tx  pgx.Tx
	seq int64
	// sums are what is to be added, by noun.
	sums map[string]*sums
}

// sums are columns of a statement: what is added to the counters of each id.
type sums struct {
	ids      []int64
	counters map[string][]int64 // by field
}

// take deletes the oldest votes and views that wait, adds up those of each
// object, and returns how many there were.
func (f *flushing) take(ctx context.Context) (int, error) {
	rows, err := f.tx.Query(ctx, `WITH taken AS (DELETE FROM counts WHERE seq IN (SELECT seq FROM counts ORDER BY seq LIMIT $1) RETURNING noun, id, likes, dislikes, views)
		SELECT noun, id, sum(likes)::bigint, sum(dislikes)::bigint, sum(views)::bigint, count(*) FROM taken GROUP BY noun, id ORDER BY noun, id`, maxCounts)
	if err != nil {
		return 0, err
	}
	f.sums = map[string]*sums{}
	total := 0
	var noun string
	var id, likes, dislikes, views int64
	var n int
	_, err = pgx.ForEachRow(rows, []any{&noun, &id, &likes, &dislikes, &views, &n}, func() error {
		s := f.sums[noun]
		if s == nil {
			s = &sums{counters: map[string][]int64{}}
			f.sums[noun] = s
		}
		s.ids = append(s.ids, id)
		for field, by := range map[string]int64{"likes": likes, "dislikes": dislikes, "views": views} {
			s.counters[field] = append(s.counters[field], by)
		}
		total += n
		return nil
	})
	return total, err
}

// add adds the sums of one noun to the counters of what exists, and logs whose.
func (f *flushing) add(ctx context.Context, n *storage.Noun) (int, error) {
	s := f.sums[n.Name]
	if s == nil {
		return 0, nil
	}
	into, args := countersTable(n), []any{s.ids}
	var sets, columns, arrays []string
	for i, field := range tables[n].counters {
		sets = append(sets, fmt.Sprintf("%[1]s = c.%[1]s + s.%[1]s", field.Name))
		columns, arrays = append(columns, field.Name), append(arrays, fmt.Sprintf("$%d::bigint[]", i+2))
		args = append(args, s.counters[field.Name])
	}
	_, err := f.tx.Exec(ctx, `INSERT INTO `+into+` (id) SELECT id FROM `+n.Plural+` WHERE id = ANY($1) ON CONFLICT DO NOTHING`, s.ids)
	if err != nil {
		return 0, err
	}
	rows, err := f.tx.Query(ctx, `UPDATE `+into+` c SET `+strings.Join(sets, ", ")+` FROM unnest($1::bigint[], `+strings.Join(arrays, ", ")+`) s (id, `+
		strings.Join(columns, ", ")+`) WHERE c.id = s.id RETURNING c.id::text`, args...)
	if err != nil {
		return 0, err
	}
	ids, err := collectStrings(rows)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	_, err = f.tx.Exec(ctx, `INSERT INTO counted (seq, noun, ids) VALUES ($1, $2, $3)`, f.seq, n.Name, ids)
	return len(ids), err
}

// tell has the commit wake those who hold copies, and forgets old entries.
func (f *flushing) tell(ctx context.Context) error {
	var batch pgx.Batch
	batch.Queue(`DELETE FROM counted WHERE at < now() - $1::interval`, keepCounted)
	batch.Queue(`SELECT pg_notify($1, $2)`, storage.CountedChannel, strconv.FormatInt(f.seq, 10))
	return f.tx.SendBatch(ctx, &batch).Close()
}

// Counted reads whose votes and views were written behind a place in that log,
// at most so many flushes. A negative place stands for the end.
func (s *Store) Counted(ctx context.Context, since int64, limit int) (*storage.CountedLog, error) {
	out := &storage.CountedLog{Complete: true}
	err := s.inSnapshot(ctx, func(tx pgx.Tx) error {
		var last, first int64
		err := tx.QueryRow(ctx, `SELECT counted, coalesce((SELECT min(seq) FROM counted), counted + 1) FROM catalogue`).Scan(&last, &first)
		if err != nil {
			return err
		}
		if since < 0 {
			since = last
		}
		if since > last || since < first-1 {
			out.Complete, since = false, last
		}
		out.Next = min(last, since+int64(limit))
		rows, err := tx.Query(ctx, `SELECT noun, ids FROM counted WHERE seq > $1 AND seq <= $2 ORDER BY seq, noun`, since, out.Next)
		if err != nil {
			return err
		}
		out.Counted, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (storage.Counted, error) {
			var noun string
			var c storage.Counted
			err := row.Scan(&noun, &c.IDs)
			c.Noun = storage.NounByName(noun)
			return c, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read whose votes and views changed: %w", translate(err))
	}
	return out, nil
}
