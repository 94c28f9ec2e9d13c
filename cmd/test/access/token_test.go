package access_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"marquee/cmd/test/fixture"
)

func TestTokenCreate(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	s := fixture.Serve(t, e)
	tokens := map[string]bool{}
	for _, args := range [][]string{nil, {"--role", "editor"}, {"--role=admin"}} {
		token := fixture.NewToken(t, e, args...)
		tokens[token] = true
		fixture.Site{Base: s.Base, Token: token}.Post(t, "/2.0/movies", `{"movie":{"title":"By hand"}}`)
		fixture.Site{Base: s.Base, Token: token + "A"}.Do(t, http.MethodGet, "/2.0/movies", "", http.StatusUnauthorized)
	}
	if len(tokens) != 3 {
		t.Errorf("got %d different tokens, want 3", len(tokens))
	}
}

// Standard output has only JSON, for scripts.
func TestTokenOutput(t *testing.T) {
	t.Parallel()
	stdout, stderr, err := fixture.Execute(t, fixture.Catalogue(t), "token", "create", "--user", "ed")
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]string
	if err := json.Unmarshal([]byte(stdout), &v); err != nil {
		t.Fatalf("got %s, %v; want JSON", stdout, err)
	}
	fixture.Lacks(t, stderr, v["token"])
}

func TestTokenCreateRefusesFlags(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	for _, c := range []struct{ args, named []string }{
		{nil, []string{"user"}},
		{[]string{"--user", ""}, []string{"user"}},
		{[]string{"--user", "ed", "--role", "king"}, []string{"role", "editor", "admin"}},
		{[]string{"--user", "ed", "--role", ""}, []string{"role", "editor", "admin"}},
		{[]string{"--user", "ed", "more"}, []string{"more"}},
	} {
		message := fixture.Fail(t, e, append([]string{"token", "create"}, c.args...)...)
		fixture.Contains(t, message, c.named...)
		fixture.Lacks(t, message, "mq_")
	}
}
