package openapi_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/edit"
)

func TestMain(m *testing.M) {
	// The validator knows no lines. To the document they are one text.
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		text, err := io.ReadAll(body)
		return string(text), err
	})
	devstack.Main(m)
}

// users are the users of the tokens in tests.
var users = map[string]*credential.User{
	"admin":  {Name: "ada", Role: credential.Admin},
	"editor": {Name: "ed", Role: credential.Editor},
	"reader": {Name: "rita", Role: "reader"},
}

// catalogue is an empty store, or one that returns err for everything.
type catalogue struct{ err error }

func (c catalogue) missing() error {
	if c.err != nil {
		return c.err
	}
	return storage.Errorf(storage.NotFound, "the object does not exist")
}

func (c catalogue) Get(context.Context, *storage.Noun, string, []string) (*storage.Object, error) {
	return nil, c.missing()
}

func (c catalogue) List(context.Context, *storage.Query) (*storage.Page, error) {
	return &storage.Page{}, c.err
}

func (c catalogue) Suggest(context.Context, *storage.SuggestQuery) (*storage.Suggestions, error) {
	return &storage.Suggestions{}, c.err
}

func (c catalogue) Write(_ context.Context, w *edit.Write) (*edit.Written, error) {
	if w.Edit != nil && len(w.Edit.Faults) > 0 {
		return nil, storage.InvalidObject(w.Noun, w.Edit.Faults)
	}
	return nil, c.missing()
}

func (c catalogue) Bulk(_ context.Context, b *edit.Bulk) (*edit.BulkWritten, error) {
	if b.Refused() {
		return nil, &edit.BulkError{}
	}
	return nil, c.missing()
}

func (c catalogue) Changes(context.Context, int64, int) (*storage.Changes, error) {
	return &storage.Changes{}, c.err
}

func (c catalogue) ChangesOf(context.Context, []*storage.Noun, int64, int) (*storage.Changes, int64, error) {
	return &storage.Changes{}, 0, c.err
}

func (c catalogue) ChangesAfter(context.Context, storage.LogPosition, int) (*storage.Changes, error) {
	return &storage.Changes{Version: 9, Pruned: 5}, c.err
}

func (c catalogue) Vote(context.Context, *storage.Noun, string, string, storage.Vote) error {
	return c.missing()
}

func (c catalogue) History(context.Context, *storage.Noun, string, int64, int) ([]storage.Event, error) {
	return nil, c.err
}

func (c catalogue) Revision(context.Context, *storage.Noun, string, int64) (*storage.Document, error) {
	return nil, c.missing()
}

func (c catalogue) Apps(context.Context, credential.Slice) ([]credential.App, int, error) {
	return nil, 0, c.err
}

func (c catalogue) CreateApp(context.Context, string, credential.Role) (*credential.AppSecrets, error) {
	return &credential.AppSecrets{}, c.err
}

func (c catalogue) RevokeApp(context.Context, string) error { return c.missing() }

func (c catalogue) RotateApp(context.Context, string) (*credential.AppSecrets, error) {
	return nil, c.missing()
}

func (c catalogue) Tokens(context.Context, string, credential.Slice) ([]credential.Token, int, error) {
	return nil, 0, c.err
}

func (c catalogue) IssueToken(context.Context, credential.User, *time.Time) (*credential.TokenSecrets, error) {
	return &credential.TokenSecrets{}, c.err
}

func (c catalogue) RevokeToken(context.Context, string, int64) error { return c.missing() }

func (c catalogue) RotateToken(context.Context, int64) (*credential.TokenSecrets, error) {
	return nil, c.missing()
}

func (c catalogue) Authenticate(_ context.Context, token string) (*credential.User, error) {
	if u := users[token]; u != nil {
		return u, nil
	}
	return nil, storage.Errorf(storage.NotFound, "the token is unknown")
}

func (c catalogue) Version(context.Context) (int64, error) { return 0, c.err }

func (c catalogue) Ready(context.Context) error { return c.err }
