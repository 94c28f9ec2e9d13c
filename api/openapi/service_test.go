package openapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"marquee/api"
	"marquee/api/oauth1/flow"
	"marquee/api/openapi"
	"marquee/cache"
	"marquee/cache/plan"
	"marquee/deploy/devstack"
	search "marquee/search/postgres"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres"
	"marquee/storage/secret"
)

// load reads the document with a library, and validates it with all examples.
func load(t testing.TB) *openapi3.T {
	t.Helper()
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(openapi.Document())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		t.Fatal(err)
	}
	return doc
}

// service is an API and the document that its replies are compared with.
type service struct {
	t       testing.TB
	handler http.Handler
	doc     *openapi3.T
	router  routers.Router
}

// serve returns a service over a catalogue. It does not have the steps by which a user
// gives access to an app.
func serve(t testing.TB, c api.Config) *service {
	t.Helper()
	c.Logger = slog.New(slog.DiscardHandler)
	c.QueryTimeout = time.Minute // tests must pass on a busy machine, too
	doc := load(t)
	strict(doc)
	for _, step := range []string{flow.RequestTokenPath, flow.AuthorizePath, flow.AccessTokenPath} {
		doc.Paths.Delete(step)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	origin := api.New(c)
	handler, err := cache.New(cache.Config{Next: openapi.Mount(origin), Plan: origin.Plan, Checker: forgetful{}, PreconditionFailed: origin.PreconditionFailed()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := handler.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &service{t: t, handler: handler, doc: doc, router: router}
}

// forgetful is a Checker for which every entry is stale.
type forgetful struct{}

func (forgetful) Stamp() uint64 { return 0 }

func (forgetful) Check(_ any, _ plan.Source, asOf int64, _ string) (int64, bool) { return asOf, false }

func (forgetful) Current() bool { return true }

// known is a store with the users of the tests, and with search.
type known struct {
	*postgres.Store
	lists *search.Engine
}

func (k known) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	return k.lists.List(ctx, q)
}

func (known) Authenticate(ctx context.Context, token string) (*credential.User, error) {
	return catalogue{}.Authenticate(ctx, token)
}

// store opens an empty catalogue in PostgreSQL.
func store(t testing.TB) api.Catalogue {
	t.Helper()
	url := devstack.Postgres(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if _, err := postgres.Migrate(ctx, url, postgres.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	ring, err := secret.Parse(strings.Repeat("ab", secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(ctx, url, postgres.WithSecrets(ring), postgres.WithAnalysis(text.Analysis{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return known{s, search.New(s)}
}

// strict forbids additional members in replies, so that tests find members that the
// document does not have.
func strict(doc *openapi3.T) {
	no := false
	seen := map[*openapi3.Schema]bool{}
	var visit func(*openapi3.SchemaRef)
	visit = func(ref *openapi3.SchemaRef) {
		if ref == nil || ref.Value == nil || seen[ref.Value] {
			return
		}
		s := ref.Value
		seen[s] = true
		if len(s.Properties) > 0 && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
			s.AdditionalProperties.Has = &no
		}
		for _, p := range s.Properties {
			visit(p)
		}
		visit(s.Items)
		visit(s.AdditionalProperties.Schema)
	}
	for _, ref := range doc.Components.Schemas {
		visit(ref)
	}
	doc.Components.Schemas["Meta"].Value.AdditionalProperties.Has = &no
}

// request returns a request of an admin. pairs are names and values of headers; an
// empty value removes a header.
func request(method, target, body string, pairs ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if method != http.MethodGet && method != http.MethodHead {
		r.Header.Set("Authorization", "Bearer admin")
	}
	for i := 0; i < len(pairs); i += 2 {
		if r.Header.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			r.Header.Del(pairs[i])
		}
	}
	return r
}
