// Package api is the HTTP face of the catalogue: routes, parameters, wire
// forms and the table of errors. What clients may rely on is written in the
// API contract; this package builds it over any Catalogue and imports no
// driver. Routes and parameters are generated from the nouns that package
// storage describes.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"marquee/api/oauth1"
	"marquee/api/oauth1/flow"
	"marquee/api/route"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/edit"
)

// Catalogue is the store behind the API. Errors that a client may read are
// *storage.Error; all others are answered as a fault of ours.
type Catalogue interface {
	// Get reads one object. Parents are the ids that the path names, outermost
	// first, nil when it names none; an object that is missing or under another
	// parent is storage.NotFound.
	Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error)
	// List reads one page. Unknown ids in AnyOf and AllOf conditions are
	// storage.Invalid with a fault for each, a missing parent is NotFound.
	List(ctx context.Context, q *storage.Query) (*storage.Page, error)
	// Write creates, updates or deletes. It adds its own faults to those of
	// w.Edit and returns all of them at once as storage.Invalid.
	Write(ctx context.Context, w *edit.Write) (*edit.Written, error)
	// Changes reads the log behind a version, about limit changes of it. A
	// version that is ahead of the catalogue, or so old that changes are gone,
	// is Invalid with a fault of the parameter since.
	Changes(ctx context.Context, since int64, limit int) (*storage.Changes, error)
	// Authenticate finds the user of a bearer token, NotFound when unknown.
	Authenticate(ctx context.Context, token string) (*credential.User, error)
	// Ready reports whether requests can be answered.
	Ready(ctx context.Context) error

	Archive
	Grants
	// Vote sets what a user thinks of an object, NotFound when there is none.
	Vote(ctx context.Context, n *storage.Noun, id, user string, v storage.Vote) error
}

// Archive is what was done to objects.
type Archive interface {
	// History lists what was done to an object before a version, 0 for now, the
	// latest first, also after it was deleted.
	History(ctx context.Context, n *storage.Noun, id string, before int64, limit int) ([]storage.Event, error)
	// Revision reads the state that an object had at its version, NotFound when
	// there was none or it is no longer kept.
	Revision(ctx context.Context, n *storage.Noun, id string, version int64) (*storage.Document, error)
}

// Grants are the apps and tokens by which others than the public get access.
// Secrets are returned by what makes them, and by nothing else. What does not
// exist, or no longer works, is NotFound.
type Grants interface {
	// Apps lists apps, also revoked ones, and counts all.
	Apps(ctx context.Context, part credential.Slice) (apps []credential.App, total int, err error)
	// CreateApp makes an app, Conflict when another one has the name.
	CreateApp(ctx context.Context, name string, role credential.Role) (*credential.AppSecrets, error)
	// RevokeApp ends an app and all its tokens, by its consumer key.
	RevokeApp(ctx context.Context, key string) error
	// RotateApp gives an app another secret, by its consumer key.
	RotateApp(ctx context.Context, key string) (*credential.AppSecrets, error)
	// Tokens lists the tokens of a user, "" for everybody's, also those that have
	// ended, and counts all.
	Tokens(ctx context.Context, user string, part credential.Slice) (tokens []credential.Token, total int, err error)
	// IssueToken makes a token for a user; NotFound when there is no such app,
	// Invalid when it would have ended already.
	IssueToken(ctx context.Context, u credential.User, expires *time.Time) (*credential.TokenSecrets, error)
	// RevokeToken ends a token of a user, "" for anybody's.
	RevokeToken(ctx context.Context, user string, id int64) error
	// RotateToken makes everything anew that a token is used with.
	RotateToken(ctx context.Context, id int64) (*credential.TokenSecrets, error)
}

// Views counts how often objects are viewed.
type Views interface {
	// Add counts one view of an object that exists. It does not wait for the store.
	Add(n *storage.Noun, id string)
}

// Versions tells how far this process knows the catalogue to be.
type Versions interface {
	// Version is one that every read which begins after the call is at or after.
	Version() int64
	// Wait returns when the version is reached, or the error of ctx.
	Wait(ctx context.Context, version int64) error
}

// Config is what an API is made of. Only Catalogue and Versions are required.
type Config struct {
	Catalogue Catalogue
	// Versions is asked by reads with Min-Version.
	Versions Versions
	// Views receives the views of objects; nil counts none.
	Views Views
	// Health tells the readiness probe how the process stands. It must not wait for
	// anybody. Nil asks the catalogue whether it is ready.
	Health func(ctx context.Context) *Health
	// Logger receives the access log and the causes of our own faults;
	// slog.Default() when nil.
	Logger *slog.Logger
	// QueryTimeout bounds the store's part of each request; DefaultQueryTimeout
	// when zero. Reading a body does not count: the server's ReadTimeout bounds
	// that.
	QueryTimeout time.Duration
	// VersionWait is how long a read with Min-Version waits for it;
	// DefaultVersionWait when zero.
	VersionWait time.Duration
	// Freshness says at which version reads are, for a cache in front; nil where
	// there is none.
	Freshness *Freshness
	// OAuth verifies requests that are signed after OAuth 1.0; nil takes none.
	OAuth *oauth1.Verifier
	// Flow lets users give apps access; nil where nobody can.
	Flow *flow.Flow
	// Limits bound what callers may ask for; nil is no bound.
	Limits *Limits
	// Observe is told of every answer. It must not block. Nil tells nobody.
	Observe func(Event)
	// RequireIfMatch refuses PUT and DELETE without If-Match with 428.
	RequireIfMatch bool
}

// DefaultQueryTimeout is long for any query that the indexes serve, and short
// enough that clients do not give up before they are told.
const DefaultQueryTimeout = 5 * time.Second

// API answers the requests of the catalogue's clients.
type API struct {
	catalogue      Catalogue
	versions       Versions
	views          Views
	health         func(ctx context.Context) *Health
	logger         *slog.Logger
	timeout        time.Duration
	versionWait    time.Duration
	freshness      *Freshness
	oauth          *oauth1.Verifier
	flow           *flow.Flow
	limits         *Limits
	observe        func(Event)
	requireIfMatch bool
	router         *mux.Router
	handler        http.Handler
}

// New makes an API over a catalogue.
func New(c Config) *API {
	a := &API{
		catalogue:      c.Catalogue,
		versions:       c.Versions,
		views:          c.Views,
		health:         c.Health,
		logger:         c.Logger,
		timeout:        c.QueryTimeout,
		versionWait:    c.VersionWait,
		freshness:      c.Freshness,
		oauth:          c.OAuth,
		flow:           c.Flow,
		limits:         c.Limits,
		observe:        c.Observe,
		requireIfMatch: c.RequireIfMatch,
	}
	if a.logger == nil {
		a.logger = slog.Default()
	}
	if a.observe == nil {
		a.observe = func(Event) {}
	}
	if a.health == nil {
		a.health = a.catalogueHealth
	}
	if a.timeout <= 0 {
		a.timeout = DefaultQueryTimeout
	}
	if a.versionWait <= 0 {
		a.versionWait = DefaultVersionWait
	}
	a.router = a.newRouter(route.Table())
	a.handler = a.middleware(a.router)
	return a
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }
