package elastic

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"marquee/search/elastic/node"
	"marquee/search/elastic/query"
	"marquee/search/elastic/window"
	"marquee/storage"
)

// maxPage is how far from its start Elasticsearch reads a list in one request
// (index.max_result_window).
const maxPage = 10_000

// deepPage reads a page far down in a list, at a point in time, from the nearest mark of
// an earlier page. Without a mark it starts at the beginning, 10,000 objects a request (15
// ms). With a mark it costs as much as page 2.
func (l *listing) deepPage(ctx context.Context, clause query.JSON) (*storage.Page, error) {
	var page *storage.Page
	err := l.within(ctx, clause, "", func(w *window.Window) error {
		var err error
		if page, err = l.walk(ctx, w, clause); err != nil {
			return err
		}
		return l.addFacets(ctx, w, clause, page)
	})
	return page, err
}

// name identifies a list: its objects and their order.
func (l *listing) name(clause query.JSON) string {
	sum := sha256.Sum256(l.request(clause).encode())
	return hex.EncodeToString(sum[:])
}

// within holds the window of a list while use works on it. The expression distinguishes
// lists with the same clause. If the server has lost the point in time, within opens
// another one, once.
func (l *listing) within(ctx context.Context, clause query.JSON, expression string, use func(*window.Window) error) error {
	name := l.name(clause) + expression
	err := l.holding(ctx, name, use)
	if lost(err) {
		err = l.holding(ctx, name, use)
	}
	return err
}

// lost reports whether the server has lost a point in time: by a restart, or with its
// index, whose shards end before the index does.
func lost(err error) bool {
	return slices.ContainsFunc([]string{"search_context_missing_exception", node.KindNoSuchIndex, "no_shard_available_action_exception"},
		func(kind string) bool { return node.IsKind(err, kind) })
}

// holding is one try of within. When use ends because the request's time is over, it
// leaves its marks in the window: so the next request continues a walk that is too long
// for one.
func (l *listing) holding(ctx context.Context, name string, use func(*window.Window) error) error {
	c := l.client
	w, stale := c.windows.Get(name, l.at)
	defer func() { c.closePITs(ctx, stale) }()
	if err := w.Hold(ctx); err != nil {
		return node.Unavailable(ctx, err)
	}
	defer w.Release()
	if w.PIT == "" {
		var err error
		if w.PIT, err = c.node.OpenPIT(ctx, c.timeout, c.reads, l.replica); err != nil {
			c.windows.Forget(w)
			return err
		}
	}
	err := use(w)
	stale = append(stale, c.windows.Settle(w)...)
	if err != nil && ctx.Err() == nil {
		c.windows.Forget(w)
		stale = append(stale, w.PIT)
	}
	return err
}

// closePITs frees points in time in the background.
func (c *Client) closePITs(ctx context.Context, ids []string) {
	for _, id := range ids {
		if id != "" {
			go c.node.ClosePIT(context.WithoutCancel(ctx), c.timeout, id)
		}
	}
}

// walk reads the page by means of the window.
func (l *listing) walk(ctx context.Context, w *window.Window, clause query.JSON) (*storage.Page, error) {
	if l.total != nil {
		w.Total = *l.total
	}
	at := w.Before(l.Offset)
	for {
		if w.Total > 0 && l.Offset >= w.Total {
			return l.show(nil, w.Total, false)
		}
		r := l.stride(&at)
		r.total, r.post = w.Total == 0, l.post
		a, err := l.step(ctx, w, clause, at, r)
		if err != nil {
			return nil, err
		}
		if r.total {
			w.Total = a.Hits.Total.Value
		}
		hits := a.Hits.Hits
		if at.Offset += len(hits); len(hits) > 0 {
			at.Sort = hits[len(hits)-1].Sort
			w.Remember(at)
		}
		switch {
		case r.source == "":
			return l.show(hits, w.Total, at.Offset < w.Total)
		case len(hits) < r.size:
			return l.show(nil, w.Total, false)
		}
	}
}

// stride returns the next request of a walk: for the page, if one request reaches it from
// the mark, and else for the objects between. It moves the mark to the request's start.
func (l *listing) stride(at *window.Mark) request {
	switch between := l.Offset - at.Offset; {
	case between == 0:
		return request{size: l.Limit}
	case at.Offset == 0 && l.Offset+l.Limit <= maxPage:
		at.Offset = l.Offset
		return request{from: l.Offset, size: l.Limit}
	default:
		return request{size: min(maxPage, between), source: nothing}
	}
}

// step searches at the window's point in time after a mark. It does not need the total,
// so Elasticsearch may stop at the page's end.
func (l *listing) step(ctx context.Context, w *window.Window, clause query.JSON, at window.Mark, r request) (*answer, error) {
	if r.sort == "" {
		r.sort = sorted(l.Noun, l.Order)
	}
	r.clause, r.after, r.pit = clause, at.Sort, w.PIT
	return l.client.search(ctx, &r)
}
