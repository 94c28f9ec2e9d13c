// Package flush stores votes and views, and flushes them: it adds them to the
// counters of their objects in batches, with a log of the batches.
package flush

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
	"marquee/storage/postgres/suggested"
)

const (
	// maxFlush bounds the votes and views that one transaction flushes. It holds the
	// lock of the catalogue for some tens of milliseconds, in which writers wait.
	maxFlush = 5000
	// keepFlushes is how long flushes stay in the flush log. Followers poll it every
	// few seconds; one that was away for longer refreshes all its copies.
	keepFlushes = 5 * time.Minute
)

// Counters stores the votes and views of a database. It is safe for concurrent use.
type Counters struct{ pool *pool.Pool }

// New returns the counters of a database.
func New(p *pool.Pool) *Counters { return &Counters{pool: p} }

// FlushCounters adds the votes and views received since the last flush to the
// counters of their objects, and returns the number of objects. The transaction
// that adds a vote also deletes it, so each counts once, even if processes flush
// at the same time or are killed. Counters change no version.
func (c *Counters) FlushCounters(ctx context.Context) (int, error) {
	touched := 0
	for {
		n, taken, err := c.flushSome(ctx)
		if err != nil {
			return touched, fmt.Errorf("flush counters: %w", err)
		}
		if touched += n; taken < maxFlush {
			return touched, nil
		}
	}
}

// flushSome flushes at most maxFlush votes and views. It returns the number of
// objects touched, and of the votes and views taken.
func (c *Counters) flushSome(ctx context.Context) (touched, taken int, err error) {
	var waiting bool
	if err := c.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM counts)`).Scan(&waiting); err != nil || !waiting {
		return 0, 0, pool.Translate(err)
	}
	err = c.pool.Transaction(ctx, func(tx pgx.Tx) error {
		f := &flush{tx: tx}
		// Every write locks this row, so no object is deleted during a flush, and
		// positions are in the order of the commits.
		if err := tx.QueryRow(ctx, `UPDATE catalogue SET counted = counted + 1 RETURNING counted`).Scan(&f.position); err != nil {
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
		return f.announce(ctx)
	})
	return touched, taken, err
}

// flush is a flush inside its transaction.
type flush struct {
	tx       pgx.Tx
	position int64
	// sums are the numbers to add, by noun.
	sums map[string]*sums
}

// sums are the parameters of a statement: the numbers to add to the counters of
// each id.
type sums struct {
	ids      []int64
	counters map[string][]int64 // by field, in the order of ids
}

// take deletes the oldest votes and views, sums them up by object, and returns
// how many it deleted.
func (f *flush) take(ctx context.Context) (int, error) {
	rows, err := f.tx.Query(ctx, `WITH taken AS (DELETE FROM counts WHERE seq IN (SELECT seq FROM counts ORDER BY seq LIMIT $1) RETURNING noun, id, likes, dislikes, views)
		SELECT noun, id, sum(likes)::bigint, sum(dislikes)::bigint, sum(views)::bigint, count(*) FROM taken GROUP BY noun, id ORDER BY noun, id`, maxFlush)
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

// add adds the sums of a noun to the counters of objects that exist, logs their
// ids, and returns their number.
func (f *flush) add(ctx context.Context, n *storage.Noun) (int, error) {
	s := f.sums[n.Name]
	if s == nil {
		return 0, nil
	}
	into, args := schema.CountersTable(n), []any{s.ids}
	var sets, columns, arrays []string
	for i, field := range schema.Of(n).Counters {
		sets = append(sets, fmt.Sprintf("%[1]s = least(c.%[1]s + s.%[1]s, %[2]d)", field.Name, int64(storage.MaxCounter)))
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
	ids, err := pool.Strings(rows)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if err := suggested.Count(ctx, f.tx, n, s.ids); err != nil {
		return 0, err
	}
	_, err = f.tx.Exec(ctx, `INSERT INTO counted (seq, noun, ids) VALUES ($1, $2, $3)`, f.position, n.Name, ids)
	return len(ids), err
}

// announce notifies followers when the transaction commits, and prunes the flush
// log.
func (f *flush) announce(ctx context.Context) error {
	var batch pgx.Batch
	batch.Queue(`DELETE FROM counted WHERE at < now() - $1::interval`, keepFlushes)
	batch.Queue(`SELECT pg_notify($1, $2)`, storage.FlushChannel, strconv.FormatInt(f.position, 10))
	return f.tx.SendBatch(ctx, &batch).Close()
}
