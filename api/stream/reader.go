package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/singleflight"

	"marquee/storage"
)

// Request is what a reader asks for.
type Request struct {
	// From is the version after which the changes begin.
	From int64
	// Announce tells the reader From at the beginning, because it has not chosen it. If the
	// connection breaks before the first event, the reader can continue from there.
	Announce bool
	// Nouns are the nouns whose changes are wanted, nil for all.
	Nouns []*storage.Noun
	// Public hides what the public did not see.
	Public bool
}

// Serve sends the changes to a reader until it leaves, is let go, or the feed ends. The
// caller has called Enter and written the headers.
func (f *Feed) Serve(ctx context.Context, w http.ResponseWriter, q Request) {
	beat, end := time.NewTicker(heartbeat), time.NewTimer(lifetime())
	defer beat.Stop()
	defer end.Stop()
	r := &reader{feed: f, request: q, out: output{w: w, control: http.NewResponseController(w)}, beat: beat.C, end: end.C, at: storage.AfterVersion(q.From), told: q.From}
	if q.Announce {
		r.told = -1
	}
	switch err := r.run(ctx); {
	case errors.Is(err, os.ErrDeadlineExceeded):
		f.counts.slow.Add(1)
	case errors.Is(err, errUnreadable):
		f.config.Logger.LogAttrs(ctx, slog.LevelError, "a stream of changes ended", slog.Int64("after", r.at.Whole()), slog.Any("err", err))
	}
}

// errOver reports that a stream ends in order. errUnreadable reports a change that this
// process cannot read or encode.
var errOver, errUnreadable = errors.New("the stream is over"), errors.New("a change is unreadable")

// reader is one stream.
type reader struct {
	feed    *Feed
	request Request
	out     output
	beat    <-chan time.Time
	end     <-chan time.Time
	at      storage.LogPosition
	// pending is the last event, which is sent when it is known whether it is the last one
	// of its version. Nil without one.
	pending *event
	// told is the last version that the reader knows to have whole.
	told int64
}

// run sends events and comments until the stream ends.
func (r *reader) run(ctx context.Context) error {
	if err := r.out.begin(); err != nil {
		return err
	}
	if err := r.comment(); err != nil {
		return err
	}
	for {
		grown := r.feed.config.Tail.Grown()
		if !r.lags() {
			if _, err := await(ctx, r, grown); err != nil {
				return err
			}
			continue
		}
		b, err := r.next(ctx)
		if err != nil {
			return err
		}
		if b.lost {
			return r.resync(b)
		}
		if err := r.send(b); err != nil {
			return err
		}
		if _, err := await(ctx, r, passed); err != nil { // a comment may be due
			return err
		}
	}
}

// passed is a channel that is closed.
var passed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// lags reports whether the tail has changes after the reader's position. A page of the log
// may be ahead of the tail.
func (r *reader) lags() bool {
	version := r.feed.config.Tail.Version()
	return version > r.at.Version || version == r.at.Version && r.at.Whole() < version
}

// await waits for a value, and sends comments meanwhile. The error is errOver when the
// stream ends in order.
func await[T any](ctx context.Context, r *reader, ready <-chan T) (v T, err error) {
	for {
		select {
		case <-ctx.Done():
			return v, errOver
		case <-r.feed.ended:
			return v, errOver
		case <-r.end:
			return v, errOver
		case <-r.beat:
			if err := r.comment(); err != nil {
				return v, err
			}
		case v = <-ready:
			return v, nil
		}
	}
}

// next returns the batch at the reader's position. It retries until the log can be read.
func (r *reader) next(ctx context.Context) (*batch, error) {
	for {
		b, err := r.feed.inMemory(r.at)
		if b != nil {
			return b, nil
		}
		if err == nil {
			var read singleflight.Result
			at := r.at
			read, err = await(ctx, r, r.feed.reads.DoChan(fmt.Sprint(at), func() (any, error) { return r.feed.fromStore(at) }))
			if err != nil {
				return nil, err
			}
			if err = read.Err; err == nil {
				return read.Val.(*batch), nil
			}
		}
		r.feed.counts.failures.Add(1)
		if storage.CodeOf(err) == storage.Internal && !errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("%w: %w", errUnreadable, err)
		}
		if _, err := await(ctx, r, time.After(retryAfter)); err != nil {
			return nil, err
		}
	}
}

// send sends the events of a batch that the reader wants, and moves its position.
func (r *reader) send(b *batch) error {
	for _, e := range b.events {
		if r.pending != nil && r.pending.at.Version < e.at.Version {
			if err := r.sendPending(true); err != nil {
				return err
			}
		}
		if r.request.Nouns != nil && !slices.Contains(r.request.Nouns, e.noun) {
			continue
		}
		if r.pending != nil {
			if err := r.sendPending(false); err != nil {
				return err
			}
		}
		r.pending = &e
	}
	r.at = b.next
	if r.pending != nil && r.pending.at.Version <= r.at.Whole() {
		if err := r.sendPending(true); err != nil {
			return err
		}
	}
	return r.out.flush()
}

// sendPending sends the pending event. The last one of its version has the version as its
// id: a reader that comes back with the id needs nothing of that version again.
func (r *reader) sendPending(last bool) error {
	e := r.pending
	r.pending = nil
	r.feed.counts.events.Add(1)
	data, end := e.whole, "\n\n"
	if r.request.Public {
		data = e.public
	}
	if last {
		end = "\nid: " + strconv.FormatInt(e.at.Version, 10) + "\n\n"
		r.told = e.at.Version
	}
	return r.out.write([]byte("event: change\ndata: "), data, []byte(end))
}

// comment sends a comment. If the reader has a version whole without an event that says
// so, because it wants other nouns, the comment has the version as an id. An id without
// data makes no event.
func (r *reader) comment() error {
	text := ":\n\n"
	if whole := r.at.Whole(); whole > r.told {
		text = ":\nid: " + strconv.FormatInt(whole, 10) + "\n\n"
		r.told = whole
	}
	if err := r.out.write([]byte(text)); err != nil {
		return err
	}
	return r.out.flush()
}

// resync tells the reader that it must read the catalogue again. It ends the stream.
func (r *reader) resync(b *batch) error {
	r.feed.counts.resyncs.Add(1)
	if err := r.out.write(fmt.Appendf(nil, "event: resync\ndata: {\"since\":%d,\"version\":%d}\n\n", b.oldest, b.version)); err != nil {
		return err
	}
	return r.out.flush()
}
