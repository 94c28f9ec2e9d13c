package program

import (
	"encoding/json"
	"net/http"
	"testing"
)

func TestTokenCreate(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	s := startServing(t, e)
	tokens := map[string]bool{}
	for _, args := range [][]string{nil, {"--role", "editor"}, {"--role=admin"}} {
		token := newToken(t, e, args...)
		tokens[token] = true
		site{s.base, token}.post(t, "/2.0/movies", `{"movie":{"title":"By hand"}}`)
		site{s.base, token + "A"}.do(t, http.MethodGet, "/2.0/movies", "", http.StatusUnauthorized)
	}
	if len(tokens) != 3 {
		t.Errorf("got %d different tokens, want 3", len(tokens))
	}
}

// Standard output holds the JSON and nothing else, for scripts.
func TestTokenOutput(t *testing.T) {
	t.Parallel()
	stdout, stderr, err := execute(t, catalogue(t), "token", "create", "--user", "ed")
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]string
	if err := json.Unmarshal([]byte(stdout), &v); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	lacks(t, stderr, v["token"])
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	for _, c := range []struct{ args, named []string }{
		{nil, []string{"user"}},
		{[]string{"--user", ""}, []string{"user"}},
		{[]string{"--user", "ed", "--role", "king"}, []string{"role", "editor", "admin"}},
		{[]string{"--user", "ed", "--role", ""}, []string{"role", "editor", "admin"}},
		{[]string{"--user", "ed", "more"}, []string{"more"}},
	} {
		message := fail(t, e, append([]string{"token", "create"}, c.args...)...)
		contains(t, message, c.named...)
		lacks(t, message, "mq_")
	}
}
