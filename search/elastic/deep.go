package elastic

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/storage"
)

// deepPage answers a page that stands far down in a list: at a point in time,
// from the nearest place that an earlier page remembered. Without one it walks
// there, 10,000 objects a step (15 ms); with one it costs as much as page 2.
func (l *listing) deepPage(ctx context.Context, query jsontext.Value) (*storage.Page, error) {
	var page *storage.Page
	err := l.within(ctx, query, "", func(w *window) error {
		var err error
		page, err = l.walk(ctx, w, query)
		return err
	})
	return page, err
}

// name identifies a list: what it holds in which order.
func (l *listing) name(query jsontext.Value) string {
	sum := sha256.Sum256(encode(l.request(query)))
	return hex.EncodeToString(sum[:])
}

// within holds the window of a list while use works on it; an expression parts
// what the query alone does not. A point in time that the server has lost is
// opened anew, once.
func (l *listing) within(ctx context.Context, query jsontext.Value, expression string, use func(*window) error) error {
	name := l.name(query) + expression
	err := l.holding(ctx, name, query, use)
	if lost(err) {
		err = l.holding(ctx, name, query, use)
	}
	return err
}

// lost reports whether a point in time is gone: by a restart of the server, or
// with its index, whose shards go before it does.
func lost(err error) bool {
	return slices.ContainsFunc([]string{"search_context_missing_exception", "index_not_found_exception", "no_shard_available_action_exception"},
		func(kind string) bool { return isKind(err, kind) })
}

// holding keeps what use has found out when it ends with the request's time: of a
// walk that is too long for one request, the next one walks the rest.
func (l *listing) holding(ctx context.Context, name string, query jsontext.Value, use func(*window) error) error {
	c := l.client
	w, stale := c.windows.get(name, l.at)
	defer func() { c.closePITs(ctx, stale) }()
	if err := w.hold(ctx); err != nil {
		return err
	}
	defer w.release()
	if w.pit == "" {
		var err error
		if w.pit, err = c.openPIT(ctx, c.reads, preference(query)); err != nil {
			c.windows.forget(w)
			return err
		}
	}
	err := use(w)
	stale = append(stale, c.windows.settle(w)...)
	if err != nil && ctx.Err() == nil {
		c.windows.forget(w)
		stale = append(stale, w.pit)
	}
	return err
}

// closePITs frees points in time without letting the answer wait.
func (c *Client) closePITs(ctx context.Context, ids []string) {
	for _, id := range ids {
		if id != "" {
			go c.closePIT(context.WithoutCancel(ctx), id)
		}
	}
}

// walk reads the page from the window.
func (l *listing) walk(ctx context.Context, w *window, query jsontext.Value) (*storage.Page, error) {
	if w.total == 0 {
		a, err := l.step(ctx, w, query, mark{}, object{"size": 0, "track_total_hits": true})
		if err != nil {
			return nil, err
		}
		w.total = a.Hits.Total.Value
	}
	if l.Offset >= w.total {
		return l.show(nil, w.total, false)
	}
	at := w.before(l.Offset)
	for at.offset < l.Offset {
		size := min(scanPage, l.Offset-at.offset)
		a, err := l.step(ctx, w, query, at, object{"size": size, "_source": false, "stored_fields": "_none_"})
		if err != nil {
			return nil, err
		}
		if len(a.Hits.Hits) < size {
			return l.show(nil, w.total, false)
		}
		at = mark{offset: at.offset + size, sort: a.Hits.Hits[size-1].Sort}
		w.remember(at)
	}
	a, err := l.step(ctx, w, query, at, object{"size": l.Limit})
	if err != nil {
		return nil, err
	}
	hits := a.Hits.Hits
	end := at.offset + len(hits)
	if len(hits) > 0 {
		w.remember(mark{offset: end, sort: hits[len(hits)-1].Sort})
	}
	return l.show(hits, w.total, end < w.total)
}

// step searches at the window's point in time behind a mark. The total is known
// by then, so that Elasticsearch may stop at the page's end.
func (l *listing) step(ctx context.Context, w *window, query jsontext.Value, at mark, more object) (*answer, error) {
	request := l.request(query)
	request["track_total_hits"] = false
	request["pit"] = object{"id": w.pit, "keep_alive": keepAlive}
	if at.sort != nil {
		request["search_after"] = at.sort
	}
	for k, v := range more {
		request[k] = v
	}
	return l.client.search(ctx, "", request)
}
