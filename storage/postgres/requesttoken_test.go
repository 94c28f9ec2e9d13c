package postgres_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/postgres"
)

var flowUser = &storage.User{Name: "ed", Role: storage.Editor}

// requestToken makes a request token of an app.
func requestToken(t testing.TB, s *postgres.Store, app *storage.AppSecrets) (token, secret string) {
	t.Helper()
	token, secret, err := s.CreateRequestToken(deadline(t), app.ConsumerKey, "https://player.example/back", 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return token, secret
}

func approve(t testing.TB, s *postgres.Store, token string) string {
	t.Helper()
	verifier, err := s.ApproveRequestToken(deadline(t), token, flowUser)
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func TestThreeSteps(t *testing.T) {
	t.Parallel()
	s := openWith(t, migrated(t), firstKey)
	ctx := deadline(t)
	app, other := createApp(t, s, "player", storage.Admin), createApp(t, s, "other", storage.Admin)
	token, secret := requestToken(t, s, app)
	for key, want := range map[string][2]string{app.ConsumerKey: {app.ConsumerSecret, secret}, other.ConsumerKey: {other.ConsumerSecret, ""}, "app_x": {}} {
		consumer, request, err := s.RequestTokenSecrets(ctx, key, token)
		if got := [2]string{consumer, request}; err != nil || got != want {
			t.Errorf("secrets for %s: %v, want %v, %v", key, got, want, err)
		}
	}
	name, role, callback, err := s.RequestedAccess(ctx, token)
	if err != nil || name != "player" || role != storage.Admin || callback != "https://player.example/back" {
		t.Errorf("%s, %s, %s, %v", name, role, callback, err)
	}
	_, _, err = s.ExchangeRequestToken(ctx, app.ConsumerKey, token, "")
	_ = wantCode(t, err, storage.NotFound)

	verifier := approve(t, s, token)
	_, _, _, err = s.RequestedAccess(ctx, token)
	_ = wantCode(t, err, storage.NotFound)
	_, err = s.ApproveRequestToken(ctx, token, &storage.User{Name: "eve", Role: storage.Admin})
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
	want := storage.Signer{ConsumerSecret: app.ConsumerSecret, TokenSecret: accessSecret,
		User: &storage.User{Name: "ed", Role: storage.Editor, App: "player", Scheme: storage.OAuth}}
	if diff := cmp.Diff(want, signer(t, s, app.ConsumerKey, access)); diff != "" {
		t.Error(diff)
	}
	_, _, err = s.ExchangeRequestToken(ctx, app.ConsumerKey, token, verifier)
	_ = wantCode(t, err, storage.NotFound)
	tokens, _, err := s.Tokens(ctx, storage.Slice{})
	if err != nil || len(tokens) != 1 {
		t.Fatalf("%d tokens, %v", len(tokens), err)
	}
	if err := s.RevokeToken(ctx, tokens[0].ID); err != nil || !signer(t, s, app.ConsumerKey, access).Revoked {
		t.Errorf("the access token was not revoked: %v", err)
	}
}

func TestRequestTokensEnd(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s := openWith(t, url, firstKey)
	ctx := deadline(t)
	app := createApp(t, s, "player", storage.Admin)
	denied, _ := requestToken(t, s, app)
	if err := s.DenyRequestToken(ctx, denied); err != nil {
		t.Fatal(err)
	}
	_, err := s.ApproveRequestToken(ctx, denied, flowUser)
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
	app := createApp(t, s, "player", storage.Admin)
	for range 5 {
		token, _ := requestToken(t, s, app)
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
			v, err := s.ApproveRequestToken(ctx, token, flowUser)
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
