package access_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
	"marquee/storage/secret"
)

// secondKey is another key than storetest.Key.
var secondKey = strings.Repeat("02", secret.KeySize)

func createApp(t testing.TB, s *postgres.Store, name string, role credential.Role) *credential.AppSecrets {
	t.Helper()
	app, err := s.CreateApp(await.Context(t), name, role)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func signer(t testing.TB, s *postgres.Store, key, token string) credential.Signer {
	t.Helper()
	out, err := s.Signer(await.Context(t), key, token)
	if err != nil {
		t.Fatal(err)
	}
	return *out
}

// wantBearer fails the test unless the bearer token is the user's. For nil, the token
// must not work.
func wantBearer(t testing.TB, s *postgres.Store, token string, want *credential.User) {
	t.Helper()
	got, err := s.Authenticate(await.Context(t), token)
	if want == nil {
		_ = storetest.WantCode(t, err, storage.NotFound)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A request has the lesser role of the app and of the user's token.
func TestLesserRoleCounts(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.Migrate(t, devstack.Postgres(t)), storetest.Key)
	apps := map[credential.Role]*credential.AppSecrets{credential.Editor: createApp(t, s, "low", credential.Editor), credential.Admin: createApp(t, s, "high", credential.Admin)}
	for appRole, app := range apps {
		for _, role := range []credential.Role{credential.Editor, credential.Admin} {
			want := credential.Editor
			if appRole == credential.Admin && role == credential.Admin {
				want = credential.Admin
			}
			token := storetest.Issue(t, s, credential.User{Name: "ed", Role: role, App: app.Name})
			wantBearer(t, s, token.Bearer, &credential.User{Name: "ed", Role: want, App: app.Name, Scheme: credential.Bearer})
			got := signer(t, s, app.ConsumerKey, token.OAuthToken)
			if diff := cmp.Diff(credential.Signer{ConsumerSecret: app.ConsumerSecret, TokenSecret: token.OAuthTokenSecret,
				User: &credential.User{Name: "ed", Role: want, App: app.Name, Scheme: credential.OAuth}}, got); diff != "" {
				t.Error(diff)
			}
		}
		got := signer(t, s, app.ConsumerKey, "")
		if diff := cmp.Diff(credential.Signer{ConsumerSecret: app.ConsumerSecret,
			User: &credential.User{Name: "app:" + app.Name, Role: appRole, App: app.Name, Scheme: credential.OAuth}}, got); diff != "" {
			t.Error("without a token:", diff)
		}
	}
	alone := storetest.Issue(t, s, credential.User{Name: "ann", Role: credential.Admin})
	if alone.OAuthToken != "" || alone.OAuthTokenSecret != "" {
		t.Errorf("a token without an app has an OAuth token: %+v", alone)
	}
	wantBearer(t, s, alone.Bearer, &credential.User{Name: "ann", Role: credential.Admin, Scheme: credential.Bearer})
	other := storetest.Issue(t, s, credential.User{Name: "ed", Role: credential.Editor, App: "low"})
	if got := signer(t, s, apps[credential.Admin].ConsumerKey, other.OAuthToken); got.TokenSecret != "" || got.User != nil {
		t.Errorf("an app may use another app's token: %+v", got)
	}
	if got := signer(t, s, "app_unknown", other.OAuthToken); got != (credential.Signer{}) {
		t.Errorf("an unknown app: %+v", got)
	}
}

// Revoked and rotated credentials stop working at once; the others still work.
func TestRevokeAndRotate(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.Migrate(t, devstack.Postgres(t)), storetest.Key)
	ctx := await.Context(t)
	app := createApp(t, s, "player", credential.Admin)
	ed := &credential.User{Name: "ed", Role: credential.Editor, App: "player", Scheme: credential.Bearer}
	first, second := storetest.Issue(t, s, *ed), storetest.Issue(t, s, *ed)

	rotated, err := s.RotateToken(ctx, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantBearer(t, s, first.Bearer, nil)
	wantBearer(t, s, rotated.Bearer, ed)
	if got := signer(t, s, app.ConsumerKey, first.OAuthToken); got.TokenSecret != "" {
		t.Error("the old OAuth token still works")
	}
	if got := signer(t, s, app.ConsumerKey, rotated.OAuthToken); got.TokenSecret != rotated.OAuthTokenSecret || got.Revoked {
		t.Errorf("the new OAuth token: %+v", got)
	}

	if err := s.RevokeToken(ctx, "", first.ID); err != nil {
		t.Fatal(err)
	}
	wantBearer(t, s, rotated.Bearer, nil)
	wantBearer(t, s, second.Bearer, ed)
	if got := signer(t, s, app.ConsumerKey, rotated.OAuthToken); !got.Revoked {
		t.Error("a revoked OAuth token is not reported as revoked")
	}
	_ = storetest.WantCode(t, s.RevokeToken(ctx, "", first.ID), storage.NotFound)
	_, err = s.RotateToken(ctx, first.ID)
	_ = storetest.WantCode(t, err, storage.NotFound)

	renewed, err := s.RotateApp(ctx, app.ConsumerKey)
	if err != nil || renewed.ConsumerKey != app.ConsumerKey || renewed.ConsumerSecret == app.ConsumerSecret {
		t.Fatalf("%+v, %v", renewed, err)
	}
	if got := signer(t, s, app.ConsumerKey, second.OAuthToken); got.ConsumerSecret != renewed.ConsumerSecret {
		t.Error("the app still has its old secret")
	}
	if err := s.RevokeApp(ctx, "player"); err != nil {
		t.Fatal(err)
	}
	wantBearer(t, s, second.Bearer, nil)
	if got := signer(t, s, app.ConsumerKey, second.OAuthToken); got != (credential.Signer{}) {
		t.Errorf("a revoked app: %+v", got)
	}
	_, err = s.RotateToken(ctx, second.ID) // its secrets would not work
	_ = storetest.WantCode(t, err, storage.NotFound)
	_ = storetest.WantCode(t, s.RevokeApp(ctx, "player"), storage.NotFound)
	again := createApp(t, s, "player", credential.Editor)
	if again.ConsumerKey == app.ConsumerKey {
		t.Error("two apps have one key")
	}
	_, err = s.CreateApp(ctx, "player", credential.Editor)
	_ = storetest.WantCode(t, err, storage.Conflict)
}

// A token works until it expires.
func TestTokensExpire(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	app := createApp(t, s, "player", credential.Admin)
	end := time.Now().Add(time.Hour)
	ed := credential.User{Name: "ed", Role: credential.Editor, App: "player", Scheme: credential.Bearer}
	token, err := s.IssueToken(await.Context(t), ed, &end)
	if err != nil {
		t.Fatal(err)
	}
	wantBearer(t, s, token.Bearer, &ed)
	storetest.Exec(t, url, `UPDATE tokens SET expires = now()`)
	wantBearer(t, s, token.Bearer, nil)
	if got := signer(t, s, app.ConsumerKey, token.OAuthToken); got.TokenSecret != "" || got.User != nil {
		t.Errorf("an expired OAuth token: %+v", got)
	}
	_, err = s.RotateToken(await.Context(t), token.ID)
	_ = storetest.WantCode(t, err, storage.NotFound)
	past := time.Now().Add(-time.Hour)
	_, err = s.IssueToken(await.Context(t), ed, &past)
	_ = storetest.WantCode(t, err, storage.Invalid)
}

// A part of a list has the total of the whole list.
func TestSlices(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	for range 3 {
		if _, err := s.IssueToken(await.Context(t), credential.User{Name: "ed", Role: credential.Editor}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for part, want := range map[credential.Slice][]int64{
		{}: {1, 2, 3}, {Limit: 2}: {1, 2}, {Offset: 2, Limit: 2}: {3}, {Offset: 1}: {2, 3}, {Offset: 3}: {}, {Offset: 7, Limit: 1}: {},
	} {
		tokens, total, err := s.Tokens(await.Context(t), "", part)
		ids := []int64{}
		for _, token := range tokens {
			ids = append(ids, token.ID)
		}
		if err != nil || total != 3 || !slices.Equal(ids, want) {
			t.Errorf("%+v: %v of %d, %v; want %v", part, ids, total, err, want)
		}
	}
}

// Users list and revoke their own tokens, and no others.
func TestTokensOfUsers(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	for _, name := range []string{"ann", "ben", "ann", "ann"} {
		storetest.Issue(t, s, credential.User{Name: name, Role: credential.Editor})
	}
	tokens, total, err := s.Tokens(await.Context(t), "ann", credential.Slice{Offset: 1, Limit: 1})
	if err != nil || total != 3 || len(tokens) != 1 || tokens[0].ID != 3 {
		t.Errorf("%+v of %d, %v", tokens, total, err)
	}
	_ = storetest.WantCode(t, s.RevokeToken(await.Context(t), "ann", 2), storage.NotFound)
	if err := s.RevokeToken(await.Context(t), "ann", 3); err != nil {
		t.Error(err)
	}
}

func TestNamesOfUsersAndApps(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.Migrate(t, devstack.Postgres(t)), storetest.Key)
	for _, name := range []string{"", " ed", "ed ", "e\nd", "e\x00d", "app:ed", strings.Repeat("x", 101), "\xff"} {
		_, err := s.CreateToken(await.Context(t), credential.User{Name: name, Role: credential.Editor})
		_ = storetest.WantCode(t, err, storage.Invalid)
		if name == "app:ed" {
			continue
		}
		_, err = s.CreateApp(await.Context(t), name, credential.Editor)
		_ = storetest.WantCode(t, err, storage.Invalid)
	}
	_, err := s.CreateToken(await.Context(t), credential.User{Name: "ed", Role: "king"})
	_ = storetest.WantCode(t, err, storage.Invalid)
	_, err = s.IssueToken(await.Context(t), credential.User{Name: "ed", Role: credential.Editor, App: "nowhere"}, nil)
	_ = storetest.WantCode(t, err, storage.NotFound)
	if users, err := s.Accounts(await.Context(t)); err != nil || len(users) != 0 {
		t.Errorf("refused names have accounts: %v, %v", users, err)
	}
}

// Neither lists nor tables contain secrets in plain text.
func TestSecretsAreNotStored(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	app := createApp(t, s, "player", credential.Admin)
	token := storetest.Issue(t, s, credential.User{Name: "ed", Role: credential.Editor, App: "player"})
	_, requestSecret, err := s.CreateRequestToken(await.Context(t), app.ConsumerKey, "oob", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var rows []byte
	err = storetest.Dial(t, url).QueryRow(await.Context(t), `SELECT coalesce(string_agg(r, ''), '')::bytea FROM (
		SELECT a::text || encode(secret, 'escape') r FROM apps a UNION ALL SELECT t::text || encode(secret, 'escape') FROM tokens t
		UNION ALL SELECT q::text || encode(secret, 'escape') FROM request_tokens q) x`).Scan(&rows)
	if err != nil || !bytes.Contains(rows, []byte(token.OAuthToken)) {
		t.Fatalf("%d bytes, %v", len(rows), err)
	}
	for _, text := range []string{app.ConsumerSecret, token.Bearer, token.OAuthTokenSecret, requestSecret} {
		if bytes.Contains(rows, []byte(text)) {
			t.Errorf("%s is stored in plain text", text)
		}
	}
	tokens, _, err := s.Tokens(await.Context(t), "", credential.Slice{})
	if err != nil || len(tokens) != 1 || !strings.HasPrefix(token.Bearer, tokens[0].Prefix) || len(tokens[0].Prefix) != 7 || tokens[0].App != "player" {
		t.Errorf("%+v, %v", tokens, err)
	}
	apps, _, err := s.Apps(await.Context(t), credential.Slice{})
	if err != nil || len(apps) != 1 || apps[0].ConsumerKey != app.ConsumerKey || apps[0].Revoked != nil {
		t.Errorf("%+v, %v", apps, err)
	}
}

// Another key decrypts nothing, and the error says so. Both keys decrypt everything,
// and after a rotation the new key does.
func TestRotateSecrets(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	old := storetest.Open(t, url, storetest.Key)
	ctx := await.Context(t)
	app := createApp(t, old, "player", credential.Admin)
	token := storetest.Issue(t, old, credential.User{Name: "ed", Role: credential.Editor, App: "player"})
	if _, _, err := old.CreateRequestToken(ctx, app.ConsumerKey, "oob", time.Minute); err != nil {
		t.Fatal(err)
	}
	works := func(s *postgres.Store) error {
		if err := s.CheckSecrets(ctx); err != nil {
			return err
		}
		got, err := s.Signer(ctx, app.ConsumerKey, token.OAuthToken)
		if err == nil && (got.ConsumerSecret != app.ConsumerSecret || got.TokenSecret != token.OAuthTokenSecret) {
			t.Errorf("secrets %+v", got)
		}
		return err
	}
	wrong, both := storetest.Open(t, url, secondKey), storetest.Open(t, url, secondKey+","+storetest.Key)
	if err := works(wrong); err == nil || !strings.Contains(err.Error(), "MARQUEE_SECRET_KEY") {
		t.Errorf("another key: %v", err)
	}
	if _, err := wrong.Signer(ctx, app.ConsumerKey, ""); err == nil {
		t.Error("another key decrypts")
	}
	if err := works(both); err != nil {
		t.Error(err)
	}
	for _, want := range []int{3, 0} {
		if n, err := both.RotateSecrets(ctx); err != nil || n != want {
			t.Errorf("%d secrets were encrypted again, want %d, %v", n, want, err)
		}
	}
	if err := works(wrong); err != nil {
		t.Error("after the rotation:", err)
	}
	if err := works(old); err == nil {
		t.Error("the old key still decrypts")
	}
}
