package postgres_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres"
	"marquee/storage/secret"
)

// Keys of tests: 32 bytes in hexadecimal.
var (
	firstKey  = strings.Repeat("01", secret.KeySize)
	secondKey = strings.Repeat("02", secret.KeySize)
)

// openWith opens a store over a new database, or the one at url, with keys.
func openWith(t testing.TB, url, keys string, more ...postgres.Option) *postgres.Store {
	t.Helper()
	ring, err := secret.Parse(keys)
	if err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(deadline(t), url, append(more, postgres.WithSecrets(ring))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// migrated is the URL of a new database with the schema.
func migrated(t testing.TB) string {
	t.Helper()
	url := devstack.Postgres(t)
	if _, err := postgres.Migrate(deadline(t), url); err != nil {
		t.Fatal(err)
	}
	return url
}

// exec runs a statement beside the store.
func exec(t testing.TB, url, sql string, args ...any) {
	t.Helper()
	conn := dial(t, url)
	if _, err := conn.Exec(deadline(t), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// dial connects to the database beside the store.
func dial(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(deadline(t), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(deadline(t)) })
	return conn
}

func createApp(t testing.TB, s *postgres.Store, name string, role credential.Role) *credential.AppSecrets {
	t.Helper()
	app, err := s.CreateApp(deadline(t), name, role)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func issue(t testing.TB, s *postgres.Store, u credential.User) *credential.TokenSecrets {
	t.Helper()
	token, err := s.IssueToken(deadline(t), u, nil)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func signer(t testing.TB, s *postgres.Store, key, token string) credential.Signer {
	t.Helper()
	out, err := s.Signer(deadline(t), key, token)
	if err != nil {
		t.Fatal(err)
	}
	return *out
}

// wantBearer fails unless the bearer token stands for the user; nil for nobody.
func wantBearer(t testing.TB, s *postgres.Store, token string, want *credential.User) {
	t.Helper()
	got, err := s.Authenticate(deadline(t), token)
	if want == nil {
		_ = wantCode(t, err, storage.NotFound)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A request may do what both the app and the user's token may.
func TestRolesMeetInTheLesser(t *testing.T) {
	t.Parallel()
	s := openWith(t, migrated(t), firstKey)
	apps := map[credential.Role]*credential.AppSecrets{credential.Editor: createApp(t, s, "low", credential.Editor), credential.Admin: createApp(t, s, "high", credential.Admin)}
	for appRole, app := range apps {
		for _, role := range []credential.Role{credential.Editor, credential.Admin} {
			want := credential.Editor
			if appRole == credential.Admin && role == credential.Admin {
				want = credential.Admin
			}
			token := issue(t, s, credential.User{Name: "ed", Role: role, App: app.Name})
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
	alone := issue(t, s, credential.User{Name: "ann", Role: credential.Admin})
	if alone.OAuthToken != "" || alone.OAuthTokenSecret != "" {
		t.Errorf("a token without an app has an OAuth token: %+v", alone)
	}
	wantBearer(t, s, alone.Bearer, &credential.User{Name: "ann", Role: credential.Admin, Scheme: credential.Bearer})
	other := issue(t, s, credential.User{Name: "ed", Role: credential.Editor, App: "low"})
	if got := signer(t, s, apps[credential.Admin].ConsumerKey, other.OAuthToken); got.TokenSecret != "" || got.User != nil {
		t.Errorf("an app may use another app's token: %+v", got)
	}
	if got := signer(t, s, "app_unknown", other.OAuthToken); got != (credential.Signer{}) {
		t.Errorf("an unknown app: %+v", got)
	}
}

// What is revoked or rotated ends at once, and nothing else does.
func TestRevokeAndRotate(t *testing.T) {
	t.Parallel()
	s := openWith(t, migrated(t), firstKey)
	ctx := deadline(t)
	app := createApp(t, s, "player", credential.Admin)
	ed := &credential.User{Name: "ed", Role: credential.Editor, App: "player", Scheme: credential.Bearer}
	first, second := issue(t, s, *ed), issue(t, s, *ed)

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
		t.Error("a revoked OAuth token is not told to be")
	}
	_ = wantCode(t, s.RevokeToken(ctx, "", first.ID), storage.NotFound)
	_, err = s.RotateToken(ctx, first.ID)
	_ = wantCode(t, err, storage.NotFound)

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
	_ = wantCode(t, err, storage.NotFound)
	_ = wantCode(t, s.RevokeApp(ctx, "player"), storage.NotFound)
	again := createApp(t, s, "player", credential.Editor)
	if again.ConsumerKey == app.ConsumerKey {
		t.Error("two apps have one key")
	}
	_, err = s.CreateApp(ctx, "player", credential.Editor)
	_ = wantCode(t, err, storage.Conflict)
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s := openWith(t, url, firstKey)
	app := createApp(t, s, "player", credential.Admin)
	end := time.Now().Add(time.Hour)
	ed := credential.User{Name: "ed", Role: credential.Editor, App: "player", Scheme: credential.Bearer}
	token, err := s.IssueToken(deadline(t), ed, &end)
	if err != nil {
		t.Fatal(err)
	}
	wantBearer(t, s, token.Bearer, &ed)
	exec(t, url, `UPDATE tokens SET expires = now()`)
	wantBearer(t, s, token.Bearer, nil)
	if got := signer(t, s, app.ConsumerKey, token.OAuthToken); got.TokenSecret != "" || got.User != nil {
		t.Errorf("an expired OAuth token: %+v", got)
	}
	_, err = s.RotateToken(deadline(t), token.ID)
	_ = wantCode(t, err, storage.NotFound)
	past := time.Now().Add(-time.Hour)
	_, err = s.IssueToken(deadline(t), ed, &past)
	_ = wantCode(t, err, storage.Invalid)
}

// Lists of tokens come in parts, each with the number of all.
func TestSlices(t *testing.T) {
	t.Parallel()
	s := open(t)
	for range 3 {
		if _, err := s.IssueToken(deadline(t), credential.User{Name: "ed", Role: credential.Editor}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for part, want := range map[credential.Slice][]int64{
		{}: {1, 2, 3}, {Limit: 2}: {1, 2}, {Offset: 2, Limit: 2}: {3}, {Offset: 1}: {2, 3}, {Offset: 3}: {}, {Offset: 7, Limit: 1}: {},
	} {
		tokens, total, err := s.Tokens(deadline(t), "", part)
		ids := []int64{}
		for _, token := range tokens {
			ids = append(ids, token.ID)
		}
		if err != nil || total != 3 || !slices.Equal(ids, want) {
			t.Errorf("%+v: %v of %d, %v; want %v", part, ids, total, err, want)
		}
	}
}

// Users see and end their own tokens, and no others.
func TestTokensOfUsers(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, name := range []string{"ann", "ben", "ann", "ann"} {
		issue(t, s, credential.User{Name: name, Role: credential.Editor})
	}
	tokens, total, err := s.Tokens(deadline(t), "ann", credential.Slice{Offset: 1, Limit: 1})
	if err != nil || total != 3 || len(tokens) != 1 || tokens[0].ID != 3 {
		t.Errorf("%+v of %d, %v", tokens, total, err)
	}
	_ = wantCode(t, s.RevokeToken(deadline(t), "ann", 2), storage.NotFound)
	if err := s.RevokeToken(deadline(t), "ann", 3); err != nil {
		t.Error(err)
	}
}

func TestNamesOfUsersAndApps(t *testing.T) {
	t.Parallel()
	s := openWith(t, migrated(t), firstKey)
	for _, name := range []string{"", " ed", "ed ", "e\nd", "e\x00d", "app:ed", strings.Repeat("x", 101), "\xff"} {
		_, err := s.CreateToken(deadline(t), credential.User{Name: name, Role: credential.Editor})
		_ = wantCode(t, err, storage.Invalid)
		if name == "app:ed" {
			continue
		}
		_, err = s.CreateApp(deadline(t), name, credential.Editor)
		_ = wantCode(t, err, storage.Invalid)
	}
	_, err := s.CreateToken(deadline(t), credential.User{Name: "ed", Role: "king"})
	_ = wantCode(t, err, storage.Invalid)
	_, err = s.IssueToken(deadline(t), credential.User{Name: "ed", Role: credential.Editor, App: "nowhere"}, nil)
	_ = wantCode(t, err, storage.NotFound)
	if users, err := s.Accounts(deadline(t)); err != nil || len(users) != 0 {
		t.Errorf("refused names have accounts: %v, %v", users, err)
	}
}

// Neither lists nor tables hold what gives access.
func TestSecretsAreKeptNowhere(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s := openWith(t, url, firstKey)
	app := createApp(t, s, "player", credential.Admin)
	token := issue(t, s, credential.User{Name: "ed", Role: credential.Editor, App: "player"})
	_, requestSecret, err := s.CreateRequestToken(deadline(t), app.ConsumerKey, "oob", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var rows []byte
	err = dial(t, url).QueryRow(deadline(t), `SELECT coalesce(string_agg(r, ''), '')::bytea FROM (
		SELECT a::text || encode(secret, 'escape') r FROM apps a UNION ALL SELECT t::text || encode(secret, 'escape') FROM tokens t
		UNION ALL SELECT q::text || encode(secret, 'escape') FROM request_tokens q) x`).Scan(&rows)
	if err != nil || !bytes.Contains(rows, []byte(token.OAuthToken)) {
		t.Fatalf("%d bytes, %v", len(rows), err)
	}
	for _, text := range []string{app.ConsumerSecret, token.Bearer, token.OAuthTokenSecret, requestSecret} {
		if bytes.Contains(rows, []byte(text)) {
			t.Errorf("%s is stored as it is", text)
		}
	}
	tokens, _, err := s.Tokens(deadline(t), "", credential.Slice{})
	if err != nil || len(tokens) != 1 || !strings.HasPrefix(token.Bearer, tokens[0].Prefix) || len(tokens[0].Prefix) != 7 || tokens[0].App != "player" {
		t.Errorf("%+v, %v", tokens, err)
	}
	apps, _, err := s.Apps(deadline(t), credential.Slice{})
	if err != nil || len(apps) != 1 || apps[0].ConsumerKey != app.ConsumerKey || apps[0].Revoked != nil {
		t.Errorf("%+v, %v", apps, err)
	}
}

// With another key nothing is decrypted, and the error says why. With both keys
// everything is, and after a rotation the new one is enough.
func TestRotateSecrets(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	old := openWith(t, url, firstKey)
	ctx := deadline(t)
	app := createApp(t, old, "player", credential.Admin)
	token := issue(t, old, credential.User{Name: "ed", Role: credential.Editor, App: "player"})
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
	wrong, both := openWith(t, url, secondKey), openWith(t, url, secondKey+","+firstKey)
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
			t.Errorf("%d secrets were encrypted anew, want %d, %v", n, want, err)
		}
	}
	if err := works(wrong); err != nil {
		t.Error("after the rotation:", err)
	}
	if err := works(old); err == nil {
		t.Error("the old key still decrypts")
	}
}
