package access_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"marquee/cmd/account"
	"marquee/cmd/database"
	"marquee/cmd/test/fixture"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres"
	"marquee/storage/secret"
)

// storeOf opens the catalogue of an environment, as a process does.
func storeOf(t *testing.T, e fixture.Env) *postgres.Store {
	t.Helper()
	ring, err := secret.Parse(e["MARQUEE_SECRET_KEY"])
	if err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(t.Context(), e["MARQUEE_DATABASE_URL"], postgres.WithSecrets(ring), postgres.WithAnalysis(text.Analysis{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// The commands app create and token create print the secrets of signed requests. No
// other command prints them.
func TestAppAndToken(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	s := storeOf(t, e)
	app := fixture.RunJSON[map[string]string](t, e, "app", "create", "--name", "player", "--role", "admin")
	token := fixture.RunJSON[map[string]string](t, e, "token", "create", "--user", "ed", "--app", "player")
	if len(app) != 3 || len(token) != 3 {
		t.Fatalf("got app %v, token %v; want three members each", app, token)
	}
	wantSecrets := func(consumer, access string) {
		t.Helper()
		got, err := s.Signer(t.Context(), app["consumer_key"], token["oauth_token"])
		if err != nil || got.ConsumerSecret != consumer || got.TokenSecret != access {
			t.Errorf("got %+v, %v; want the secrets %s and %s", got, err, consumer, access)
		}
	}
	wantSecrets(app["consumer_secret"], token["oauth_token_secret"])
	if u, err := s.Authenticate(t.Context(), token["token"]); err != nil || *u != (credential.User{Name: "ed", Role: credential.Editor, App: "player", Scheme: credential.Bearer}) {
		t.Errorf("authenticate: got %+v, %v; want ed by the app", u, err)
	}
	lists := fixture.Run(t, e, "app", "list") + fixture.Run(t, e, "token", "list") + fixture.Run(t, e, "user", "list")
	fixture.Contains(t, lists, app["consumer_key"], token["oauth_token"], token["token"][:7], `"user":"ed"`, `"role":"admin"`)
	fixture.Lacks(t, lists, app["consumer_secret"], token["oauth_token_secret"], token["token"])
	if fixture.TokenIn(lists) != "" {
		t.Error("got a bearer token in a list, want none")
	}

	fixture.Run(t, e, "token", "create", "--user", "ben")
	if got := fixture.RunJSON[[]account.ShownToken](t, e, "token", "list", "--offset", "1", "--limit", "5"); len(got) != 1 || got[0].User != "ben" {
		t.Errorf("tokens from offset 1: got %v, want that of ben", got)
	}
	if got := fixture.RunJSON[[]account.ShownApp](t, e, "app", "list", "--limit", "1"); len(got) != 1 || got[0].Name != "player" {
		t.Errorf("the first app: got %v, want player", got)
	}
	rotated := fixture.RunJSON[map[string]string](t, e, "app", "rotate", "--name", "player")
	renewed := fixture.RunJSON[map[string]string](t, e, "token", "rotate", "--id", "1")
	wantSecrets(rotated["consumer_secret"], "")
	token["oauth_token"] = renewed["oauth_token"]
	wantSecrets(rotated["consumer_secret"], renewed["oauth_token_secret"])
	fixture.Run(t, e, "token", "revoke", "--id", "1")
	if _, err := s.Authenticate(t.Context(), renewed["token"]); storage.CodeOf(err) != storage.NotFound {
		t.Errorf("a revoked token: got %v, want NotFound", err)
	}
	fixture.Run(t, e, "app", "revoke", "--key", app["consumer_key"])
	wantSecrets("", "")
	fixture.Contains(t, fixture.Fail(t, e, "app", "revoke", "--name", "player"), "player")
	fixture.Contains(t, fixture.Fail(t, e, "token", "revoke", "--id", "1"), "token 1")
}

func TestAccountCommandsRefuseFlags(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	for _, c := range []struct{ args, named []string }{
		{[]string{"app", "create"}, []string{"name"}},
		{[]string{"app", "create", "--name", "x", "--role", "king"}, []string{"role", "editor", "admin"}},
		{[]string{"app", "revoke"}, []string{"--name", "--key"}},
		{[]string{"app", "rotate", "--name", "x", "--key", "y"}, []string{"--name", "--key"}},
		{[]string{"app", "rotate", "--name", "x"}, []string{"x"}},
		{[]string{"token", "create", "--user", "ed", "--app", "x"}, []string{"app x"}},
		{[]string{"token", "create", "--user", "ed", "--expires=-1h"}, []string{"expires"}},
		{[]string{"token", "revoke"}, []string{"id"}},
		{[]string{"user", "quota", "--user", "ed"}, []string{"--bytes", "--default"}},
		{[]string{"user", "quota", "--user", "ed", "--bytes", "1"}, []string{"ed"}},
		{[]string{"app", "list", "--secret-key", "short"}, []string{"secret-key", "base64"}},
		{[]string{"app", "list", "--quota=-1"}, []string{"quota"}},
		{[]string{"app", "list", "--limit=-1"}, []string{"limit"}},
		{[]string{"token", "list", "--offset=-1"}, []string{"offset"}},
	} {
		fixture.Contains(t, fixture.Fail(t, e, c.args...), c.named...)
	}
}

// Without a given key, a key is created in the data directory. With another key, secrets
// cannot be decrypted unless the old key is given, too.
func TestSecretKeys(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	e["MARQUEE_DATA_DIR"] = filepath.Join(t.TempDir(), "data")
	fixture.Run(t, e, "app", "list")
	path := filepath.Join(e["MARQUEE_DATA_DIR"], database.SecretFile)
	if _, err := os.Stat(path); err == nil {
		t.Error("got a key file before the first secret, want none")
	}
	fixture.Run(t, e, "app", "create", "--name", "player")
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := fixture.RunJSON[map[string]int](t, e, "secret", "rotate")["encrypted"]; n != 1 {
		t.Errorf("got %d secrets encrypted again, want 1", n)
	}
	both, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(string(both), string(first)) || len(both) != 2*len(first) {
		t.Errorf("got the key file %q, %v; want a new key before the old one", both, err)
	}
	given := strings.Repeat("ab", secret.KeySize)
	fixture.Contains(t, fixture.Fail(t, e, "secret", "rotate", "--secret-key", given), "MARQUEE_SECRET_KEY")
	fixture.Run(t, e, "secret", "rotate", "--secret-key", given+","+strings.ReplaceAll(strings.TrimSpace(string(both)), "\n", ","))
	e["MARQUEE_SECRET_KEY"] = given
	if err := storeOf(t, e).CheckSecrets(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestQuotaCommand(t *testing.T) {
	t.Parallel()
	e := fixture.WithSecretKey(t)
	e["MARQUEE_QUOTA"] = "100"
	fixture.NewToken(t, e)
	for _, c := range []struct {
		args []string
		want any
	}{{[]string{"--bytes", "5000"}, 5000.0}, {[]string{"--bytes=0"}, 0.0}, {[]string{"--default"}, nil}} {
		got := fixture.RunJSON[map[string]any](t, e, append([]string{"user", "quota", "--user", "ed"}, c.args...)...)
		if got["quota_bytes"] != c.want || got["used_bytes"] != 0.0 {
			t.Errorf("%v: got %v, want %v", c.args, got, c.want)
		}
	}
}
