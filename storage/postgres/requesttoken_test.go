package postgres_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres"
)

// requestToken makes a request token of an app.
func requestToken(t testing.TB, s *postgres.Store, app *credential.AppSecrets) (token, secret string) {
	t.Helper()
	token, secret, err := s.CreateRequestToken(deadline(t), app.ConsumerKey, "https://player.example/back", 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return token, secret
}

// newBearer is a bearer token of a user, without an app.
func newBearer(t testing.TB, s *postgres.Store, user string, role credential.Role) string {
	t.Helper()
	return issue(t, s, credential.User{Name: user, Role: role}).Bearer
}

// approve approves a request token as the editor ed.
func approve(t testing.TB, s *postgres.Store, token string) string {
	t.Helper()
	return approveAs(t, s, token, newBearer(t, s, "ed", credential.Editor))
}

func approveAs(t testing.TB, s *postgres.Store, token, bearer string) string {
	t.Helper()
	verifier, err := s.ApproveRequestToken(deadline(t), token, bearer)
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func TestThreeSteps(t *testing.T) {
	t.Parallel()
	s := openWith(t, migrated(t), firstKey)
	ctx := deadline(t)
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
	_ = wantCode(t, err, storage.NotFound)

	verifier := approve(t, s, token)
	_, _, _, err = s.RequestedAccess(ctx, token)
	_ = wantCode(t, err, storage.NotFound)
	_, err = s.ApproveRequestToken(ctx, token, newBearer(t, s, "eve", credential.Admin))
	_ = wantCode(t, err, storage.NotFound)
	_ = wantCode(t, s.DenyRequestToken(ctx, token), storage.NotFound)
	for _, wrong := range [][2]string{{app.ConsumerKey, verifier + "x"}, {other.ConsumerKey, verifier}} {
		_, _, err = s.ExchangeRequestToken(ctx, wrong[0], token, wrong[1])
		_ = wantCode(t, err, storage.NotFound)
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
	_ = wantCode(t, err, storage.NotFound)
	tokens, _, err := s.Tokens(ctx, "ed", credential.Slice{})
	if err != nil || len(tokens) != 2 {
		t.Fatalf("%d tokens, %v", len(tokens), err)
	}
	_ = wantCode(t, s.RevokeToken(ctx, "eve", tokens[1].ID), storage.NotFound)
	if err := s.RevokeToken(ctx, "ed", tokens[1].ID); err != nil || !signer(t, s, app.ConsumerKey, access).Revoked {
		t.Errorf("the access token was not revoked: %v", err)
	}
}

func TestRequestTokensEnd(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s := openWith(t, url, firstKey)
	ctx := deadline(t)
	app := createApp(t, s, "player", credential.Admin)
	denied, _ := requestToken(t, s, app)
	if err := s.DenyRequestToken(ctx, denied); err != nil {
		t.Fatal(err)
	}
	_, err := s.ApproveRequestToken(ctx, denied, newBearer(t, s, "ed", credential.Editor))
	_ = wantCode(t, err, storage.NotFound)

	old, _ := requestToken(t, s, app)
	verifier := approve(t, s, old)
	exec(t, url, `UPDATE request_tokens SET expires = now()`)
	_, _, err = s.ExchangeRequestToken(ctx, app.ConsumerKey, old, verifier)
	_ = wantCode(t, err, storage.NotFound)
	if _, secret, err := s.RequestTokenSecrets(ctx, app.ConsumerKey, old); secret != "" || err != nil {
		t.Errorf("an expired token has the secret %q, %v", secret, err)
	}

	orphan, _ := requestToken(t, s, app) // also removes the expired one
	var left int
	if err := dial(t, url).QueryRow(ctx, `SELECT count(*) FROM request_tokens`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d request tokens are kept, %v", left, err)
	}
	verifier = approve(t, s, orphan)
	if err := s.RevokeApp(ctx, "player"); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.ExchangeRequestToken(ctx, app.ConsumerKey, orphan, verifier)
	_ = wantCode(t, err, storage.NotFound)
	_, _, err = s.CreateRequestToken(ctx, app.ConsumerKey, "oob", time.Minute)
	_ = wantCode(t, err, storage.NotFound)
}

// Of many who exchange one request token at once, one gets a token; of many who
// decide at once, one decides.
func TestRequestTokensAreUsedOnce(t *testing.T) {
	t.Parallel()
	s := openWith(t, migrated(t), firstKey)
	ctx := deadline(t)
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
				t.Errorf("%d could %s", won.Load(), what)
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

// What an app gets never outlives or exceeds what it was approved with.
func TestAccessEndsWithWhatApprovedIt(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s := openWith(t, url, firstKey)
	ctx := deadline(t)
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
		"expired":                   func() { exec(t, url, `UPDATE tokens SET expires = now() WHERE id = $1`, ending.ID) },
		"revoked":                   func() { exec(t, url, `UPDATE tokens SET revoked = now() WHERE id = $1`, ending.ID) },
		"of an app that is revoked": func() { exec(t, url, `UPDATE apps SET revoked = now() WHERE name = 'low'`) },
	} {
		exec(t, url, `UPDATE tokens SET expires = $1, revoked = NULL WHERE id = $2`, end, ending.ID)
		exec(t, url, `UPDATE apps SET revoked = NULL`)
		approved, _ := requestToken(t, s, app)
		verifier := approveAs(t, s, approved, ending.Bearer)
		waiting, _ := requestToken(t, s, app)
		stop()
		_, _, err := s.ExchangeRequestToken(ctx, app.ConsumerKey, approved, verifier)
		if storage.CodeOf(err) != storage.NotFound {
			t.Errorf("exchanged with an approval by a token that is %s: %v", name, err)
		}
		if _, err = s.ApproveRequestToken(ctx, waiting, ending.Bearer); storage.CodeOf(err) != storage.NotFound {
			t.Errorf("approved by a token that is %s: %v", name, err)
		}
	}
}
