package access_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// requestToken makes a request token of an app.
func requestToken(t testing.TB, s *postgres.Store, app *credential.AppSecrets) (token, secret string) {
	t.Helper()
	token, secret, err := s.CreateRequestToken(await.Context(t), app.ConsumerKey, "https://player.example/back", 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return token, secret
}

// newBearer issues a bearer token of a user, without an app.
func newBearer(t testing.TB, s *postgres.Store, user string, role credential.Role) string {
	t.Helper()
	return storetest.Issue(t, s, credential.User{Name: user, Role: role}).Bearer
}

// approve approves a request token as the editor ed.
func approve(t testing.TB, s *postgres.Store, token string) string {
	t.Helper()
	return approveAs(t, s, token, newBearer(t, s, "ed", credential.Editor))
}

func approveAs(t testing.TB, s *postgres.Store, token, bearer string) string {
	t.Helper()
	verifier, err := s.ApproveRequestToken(await.Context(t), token, bearer)
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

// An app gets a token of a user by requesting, approval and exchange (RFC 5849).
func TestThreeSteps(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.Migrate(t, devstack.Postgres(t)), storetest.Key)
	ctx := await.Context(t)
	app, other := createApp(t, s, "player", credential.Admin), createApp(t, s, "other", credential.Admin)
	token, secret := requestToken(t, s, app)
	for key, want := range map[string][2]string{app.ConsumerKey: {app.ConsumerSecret, secret}, other.ConsumerKey: {other.ConsumerSecret, ""}, "app_x": {}} {
		consumer, request, err := s.RequestTokenSecrets(ctx, key, token)
		if got := [2]string{consumer, request}; err != nil || got != want {
			t.Errorf("secrets for %s: %v, want %v, %v", key, got, want, err)
		}
	}
	name, role, callback, err := s.RequestedAccess(ctx, token)
	if err != nil || name != "player" || role != credential.Admin || callback != "https://player.example/back" {
		t.Errorf("%s, %s, %s, %v", name, role, callback, err)
	}
	_, _, err = s.ExchangeRequestToken(ctx, app.ConsumerKey, token, "")
	_ = storetest.WantCode(t, err, storage.NotFound)

	verifier := approve(t, s, token)
	_, _, _, err = s.RequestedAccess(ctx, token)
	_ = storetest.WantCode(t, err, storage.NotFound)
	_, err = s.ApproveRequestToken(ctx, token, newBearer(t, s, "eve", credential.Admin))
	_ = storetest.WantCode(t, err, storage.NotFound)
	_ = storetest.WantCode(t, s.DenyRequestToken(ctx, token), storage.NotFound)
	for _, wrong := range [][2]string{{app.ConsumerKey, verifier + "x"}, {other.ConsumerKey, verifier}} {
		_, _, err = s.ExchangeRequestToken(ctx, wrong[0], token, wrong[1])
		_ = storetest.WantCode(t, err, storage.NotFound)
	}

	access, accessSecret, err := s.ExchangeRequestToken(ctx, app.ConsumerKey, token, verifier)
	if err != nil {
		t.Fatal(err)
	}
	want := credential.Signer{ConsumerSecret: app.ConsumerSecret, TokenSecret: accessSecret,
		User: &credential.User{Name: "ed", Role: credential.Editor, App: "player", Scheme: credential.OAuth}}
	if diff := cmp.Diff(want, signer(t, s, app.ConsumerKey, access)); diff != "" {
		t.Error(diff)
	}
	_, _, err = s.ExchangeRequestToken(ctx, app.ConsumerKey, token, verifier)
	_ = storetest.WantCode(t, err, storage.NotFound)
	tokens, _, err := s.Tokens(ctx, "ed", credential.Slice{})
	if err != nil || len(tokens) != 2 {
		t.Fatalf("%d tokens, %v", len(tokens), err)
	}
	_ = storetest.WantCode(t, s.RevokeToken(ctx, "eve", tokens[1].ID), storage.NotFound)
	if err := s.RevokeToken(ctx, "ed", tokens[1].ID); err != nil || !signer(t, s, app.ConsumerKey, access).Revoked {
		t.Errorf("the access token was not revoked: %v", err)
	}
}

// A request token ends with its time, and with its app.
func TestRequestTokensEnd(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	ctx := await.Context(t)
	app := createApp(t, s, "player", credential.Admin)
	denied, _ := requestToken(t, s, app)
	if err := s.DenyRequestToken(ctx, denied); err != nil {
		t.Fatal(err)
	}
	_, err := s.ApproveRequestToken(ctx, denied, newBearer(t, s, "ed", credential.Editor))
	_ = storetest.WantCode(t, err, storage.NotFound)

	old, _ := requestToken(t, s, app)
	verifier := approve(t, s, old)
	storetest.Exec(t, url, `UPDATE request_tokens SET expires = now()`)
	_, _, err = s.ExchangeRequestToken(ctx, app.ConsumerKey, old, verifier)
	_ = storetest.WantCode(t, err, storage.NotFound)
	if _, secret, err := s.RequestTokenSecrets(ctx, app.ConsumerKey, old); secret != "" || err != nil {
		t.Errorf("an expired token has the secret %q, %v", secret, err)
	}

	orphan, _ := requestToken(t, s, app) // also removes the expired one
	var left int
	if err := storetest.Dial(t, url).QueryRow(ctx, `SELECT count(*) FROM request_tokens`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d request tokens are stored, %v", left, err)
	}
	verifier = approve(t, s, orphan)
	if err := s.RevokeApp(ctx, "player"); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.ExchangeRequestToken(ctx, app.ConsumerKey, orphan, verifier)
	_ = storetest.WantCode(t, err, storage.NotFound)
	_, _, err = s.CreateRequestToken(ctx, app.ConsumerKey, "oob", time.Minute)
	_ = storetest.WantCode(t, err, storage.NotFound)
}

// Of concurrent exchanges of a request token, one succeeds. So does one of
// concurrent decisions.
func TestRequestTokensAreUsedOnce(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.Migrate(t, devstack.Postgres(t)), storetest.Key)
	ctx := await.Context(t)
	app := createApp(t, s, "player", credential.Admin)
	for range 5 {
		token, _ := requestToken(t, s, app)
		bearer := newBearer(t, s, "ed", credential.Editor)
		var verifier atomic.Pointer[string]
		once := func(what string, f func() error) {
			var won atomic.Int32
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					if err := f(); err == nil {
						won.Add(1)
					} else if storage.CodeOf(err) != storage.NotFound {
						t.Errorf("%s: %v", what, err)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 {
				t.Errorf("%d of the concurrent calls succeeded: %s", won.Load(), what)
			}
		}
		once("approve", func() error {
			v, err := s.ApproveRequestToken(ctx, token, bearer)
			if err == nil {
				verifier.Store(&v)
			}
			return err
		})
		once("exchange", func() error {
			_, _, err := s.ExchangeRequestToken(ctx, app.ConsumerKey, token, *verifier.Load())
			return err
		})
	}
}

// An app's access never outlives or exceeds the token that approved it.
func TestAccessEndsWithTheApprovingToken(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	ctx := await.Context(t)
	app := createApp(t, s, "player", credential.Admin)
	createApp(t, s, "low", credential.Editor)
	end := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	ending, err := s.IssueToken(ctx, credential.User{Name: "ed", Role: credential.Admin, App: "low"}, &end)
	if err != nil {
		t.Fatal(err)
	}
	request, _ := requestToken(t, s, app)
	access, _, err := s.ExchangeRequestToken(ctx, app.ConsumerKey, request, approveAs(t, s, request, ending.Bearer))
	if err != nil {
		t.Fatal(err)
	}
	tokens, _, err := s.Tokens(ctx, "ed", credential.Slice{})
	if err != nil || len(tokens) != 2 || tokens[1].Expires == nil || !tokens[1].Expires.Equal(end) || tokens[1].Role != credential.Editor {
		t.Errorf("%+v, %v", tokens, err)
	}
	if got := signer(t, s, app.ConsumerKey, access).User; got == nil || got.Role != credential.Editor {
		t.Errorf("the app acts as %+v", got)
	}
	for name, stop := range map[string]func(){
		"expired":                   func() { storetest.Exec(t, url, `UPDATE tokens SET expires = now() WHERE id = $1`, ending.ID) },
		"revoked":                   func() { storetest.Exec(t, url, `UPDATE tokens SET revoked = now() WHERE id = $1`, ending.ID) },
		"of an app that is revoked": func() { storetest.Exec(t, url, `UPDATE apps SET revoked = now() WHERE name = 'low'`) },
	} {
		storetest.Exec(t, url, `UPDATE tokens SET expires = $1, revoked = NULL WHERE id = $2`, end, ending.ID)
		storetest.Exec(t, url, `UPDATE apps SET revoked = NULL`)
		approved, _ := requestToken(t, s, app)
		verifier := approveAs(t, s, approved, ending.Bearer)
		waiting, _ := requestToken(t, s, app)
		stop()
		_, _, err := s.ExchangeRequestToken(ctx, app.ConsumerKey, approved, verifier)
		if storage.CodeOf(err) != storage.NotFound {
			t.Errorf("exchange after the approving token was %s: %v", name, err)
		}
		if _, err = s.ApproveRequestToken(ctx, waiting, ending.Bearer); storage.CodeOf(err) != storage.NotFound {
			t.Errorf("approved by a token that is %s: %v", name, err)
		}
	}
}

// The request tokens of an app are bounded. An app at the bound does not affect
// others.
func TestRequestTokensAreBounded(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	app, other := createApp(t, s, "player", credential.Editor), createApp(t, s, "other", credential.Editor)
	storetest.Exec(t, url, `INSERT INTO request_tokens (token, app_id, secret, callback, expires)
		SELECT g::text, id, '', 'oob', now() + interval '1 minute' FROM apps, generate_series(1, 1000) g WHERE name = 'player'`)
	_, _, err := s.CreateRequestToken(await.Context(t), app.ConsumerKey, "oob", time.Minute)
	if e := storetest.WantCode(t, err, storage.Unavailable); e != nil && !strings.Contains(e.Detail, "1000 request tokens") {
		t.Error(e.Detail)
	}
	requestToken(t, s, other)
	storetest.Exec(t, url, `UPDATE request_tokens SET expires = now() WHERE token = '7'`)
	requestToken(t, s, app)
}
