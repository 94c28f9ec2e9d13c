// Package api answers HTTP requests about the catalogue: it routes them, checks who
// may do what, reads and writes through a Catalogue, and encodes the answers. It
// imports no driver. Routes and parameters follow from the nouns that package
// storage describes.
//
// A request runs through router.go, handler.go and the file of its action: read.go,
// films.go, write.go, bulk.go, changes.go, stream.go, history.go, restore.go, votes.go, apps.go
// or tokens.go.
// Errors return to reply.go, which writes every answer.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"marquee/api/known"
	"marquee/api/oauth1"
	"marquee/api/oauth1/flow"
	"marquee/api/route"
	"marquee/api/stream"
	"marquee/cache/plan"
	"marquee/storage"
)

// Catalogue is the store of the API. An error that a client may read is a
// *storage.Error. Every other error is answered as a fault of the server.
type Catalogue interface {
	Reader
	Writer
	BulkWriter
	ChangeLog
	Archive
	Votes
	Authenticator
	Apps
	Tokens
	// Ready returns an error while the store cannot answer requests.
	Ready(ctx context.Context) error
}

// Config configures an API. Only Catalogue and Versions are required.
type Config struct {
	Catalogue Catalogue
	// Versions is for reads with Min-Version.
	Versions Versions
	// Views counts the views of objects. Nil counts none.
	Views Views
	// Health is the answer of the readiness probe. It must not block. Nil asks the
	// catalogue whether it is ready.
	Health func(ctx context.Context) *Health
	// Logger gets the causes of server faults and, at the level debug, every request.
	// Nil is slog.Default().
	Logger *slog.Logger
	// QueryTimeout limits the time of the store in each request, 0 for
	// DefaultQueryTimeout. A search by an expression has four times as much. The time
	// to receive a body does not count: the server's ReadTimeout limits it.
	QueryTimeout time.Duration
	// VersionWait limits how long a read with Min-Version waits, 0 for
	// DefaultVersionWait.
	VersionWait time.Duration
	// Stored returns what the cache in front has of a target's answer at an instant. Nil
	// without a cache.
	Stored func(target string, at time.Time) plan.Stored
	// Tail is the end of the change log, for streams of it. Nil answers with JSON only.
	Tail stream.Tail
	// MaxStreams is the largest number of streams, 0 for stream.DefaultReaders.
	MaxStreams int
	// Freshness is the checker of the cache in front, nil without a cache.
	Freshness *Freshness
	// Synonyms are those of searches by words. Nil applies none.
	Synonyms storage.Synonyms
	// OAuth verifies requests that are signed with OAuth 1.0. Nil refuses them.
	OAuth *oauth1.Verifier
	// Flow lets users grant apps access. Nil has no such paths.
	Flow *flow.Flow
	// Limits are the rate limits of callers, nil for none.
	Limits *Limits
	// Observe is called after every answer, for metrics. It must not block. Nil is not
	// called.
	Observe func(Event)
	// Now is the clock by which periods start and end. Nil is time.Now.
	Now func() time.Time
	// RequireIfMatch refuses PUT and DELETE without If-Match with 428.
	RequireIfMatch bool
}

// DefaultQueryTimeout is long enough for every query that an index serves, and short
// enough that the client has not given up yet.
const DefaultQueryTimeout = 5 * time.Second

// API is the handler of the catalogue's requests.
type API struct {
	config  Config
	router  *mux.Router
	handler http.Handler
	// feed sends the change log as streams, nil without a tail.
	feed *stream.Feed
	// good are the credentials that were good lately.
	good *known.Set
}

// New returns an API over a catalogue.
func New(c Config) *API {
	a := &API{config: c, good: known.New(knownFor, maxKnown, time.Now)}
	if c.Logger == nil {
		a.config.Logger = slog.Default()
	}
	if c.Observe == nil {
		a.config.Observe = func(Event) {}
	}
	if c.Health == nil {
		a.config.Health = a.catalogueHealth
	}
	if c.Now == nil {
		a.config.Now = time.Now
	}
	if c.Stored == nil {
		a.config.Stored = func(string, time.Time) plan.Stored { return plan.Stored{} }
	}
	if c.QueryTimeout <= 0 {
		a.config.QueryTimeout = DefaultQueryTimeout
	}
	if c.VersionWait <= 0 {
		a.config.VersionWait = DefaultVersionWait
	}
	a.feed = a.newFeed()
	a.router = a.newRouter(route.Table())
	a.handler = a.middleware(a.router)
	return a
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }
