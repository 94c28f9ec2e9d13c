package api

import (
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/api/stream"
	"marquee/api/wire"
	"marquee/storage"
)

// retryStream is the Retry-After of a stream that finds no place, in seconds. Places become
// free when readers leave.
const retryStream = "5"

// newFeed returns the feed of the change log, nil without a tail.
func (a *API) newFeed() *stream.Feed {
	if a.config.Tail == nil {
		return nil
	}
	return stream.New(stream.Config{
		Tail: a.config.Tail, Log: a.config.Catalogue, Encode: encodeChange, Readers: a.config.MaxStreams, Logger: a.config.Logger,
	})
}

// encodeChange returns a change as JSON: for editors, and as the public sees it.
func encodeChange(c *storage.Change) (whole, public []byte, err error) {
	if whole, err = wire.Change(c); err != nil || !c.Noun.Scheduled() {
		return whole, whole, err
	}
	hidden := concealed(c)
	public, err = wire.Change(&hidden)
	return whole, public, err
}

// EndStreams ends all streams of the change log, and lets none begin. It is for a process
// that ends: its readers continue at another one.
func (a *API) EndStreams() {
	if a.feed != nil {
		a.feed.End()
	}
}

// StreamStats returns numbers of the streams of the change log.
func (a *API) StreamStats() stream.Stats { return a.feed.Stats() }

// streams reports whether the change log is answered as a stream.
func (a *API) streams(header http.Header) bool { return a.feed != nil && stream.Wanted(header) }

// stream answers with the change log as server-sent events.
func (a *API) stream(c *call) (*reply, error) {
	p, err := param.ParseStream(c.path(), c.query())
	last, given, malformed := lastEventID(c.r.Header)
	if err := problem.Join(err, malformed); err != nil {
		return nil, err
	}
	q := stream.Request{From: last, Nouns: p.Nouns, Public: !edits(c.user)}
	if _, since := p.Given("since"); !given && since {
		q.From = p.Since
	} else if !given {
		q.From, q.Announce = a.config.Tail.Version(), true
	}
	if err := a.reachedBy(c, p, &q, given); err != nil {
		return nil, err
	}
	// X-Accel-Buffering is for an nginx that does not know of the stream. A connection that
	// ends with its stream is not left open by a process that ends.
	return &reply{status: http.StatusOK, stream: a.openStream(q), header: http.Header{
		"Content-Type": {stream.MediaType}, "Cache-Control": {noCopies}, "Vary": {varyLog},
		"X-Accel-Buffering": {"no"}, "Connection": {"close"},
	}}, nil
}

// openStream returns the stream of a reply.
func (a *API) openStream(q stream.Request) func() (write func(w http.ResponseWriter, r *http.Request), err error) {
	return func() (write func(w http.ResponseWriter, r *http.Request), err error) {
		leave, ok := a.feed.Enter()
		if !ok {
			p := problem.New(problem.Unavailable, "this process has as many streams as it may have, or it ends; try again in %s s", retryStream)
			p.Header = http.Header{"Retry-After": {retryStream}}
			return nil, p
		}
		return func(w http.ResponseWriter, r *http.Request) {
			defer leave()
			traceOf(r).stream()
			a.feed.Serve(r.Context(), w, q)
		}, nil
	}
}

// lastEventIDForm matches a version.
var lastEventIDForm = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,17})$`)

// lastEventID returns the version of Last-Event-ID, which a reader that comes back sends.
func lastEventID(header http.Header) (version int64, given bool, err error) {
	values := header["Last-Event-Id"]
	if len(values) == 0 {
		return 0, false, nil
	}
	if len(values) > 1 || !lastEventIDForm.MatchString(values[0]) {
		return 0, true, badLastEventID(strings.Join(values, ", "), "must be one whole number: the id of the last event")
	}
	version, err = strconv.ParseInt(values[0], 10, 64)
	return version, true, err
}

func badLastEventID(value, reason string) error {
	return problem.Invalid(problem.InvalidHeader, []storage.Fault{{Parameter: "Last-Event-ID", Value: storage.Excerpt(value), Reason: reason}})
}

// reachedBy refuses a stream that begins after the end of the log. The tail of this process
// may lag the process from which the reader knows the version, so the store decides.
func (a *API) reachedBy(c *call, p *param.Changes, q *stream.Request, resumed bool) error {
	if q.From <= a.config.Tail.Version() {
		return nil
	}
	_, err := a.config.Catalogue.Changes(c.ctx, q.From, 1)
	switch e, ok := errors.AsType[*storage.Error](err); {
	case !ok || e.Code != storage.Invalid:
		return err
	case resumed && len(e.Faults) > 0:
		return badLastEventID(strconv.FormatInt(q.From, 10), e.Faults[0].Reason)
	}
	return p.WithStoreFaults(err)
}
