package access_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/cmd/test/fixture"
)

// place is a part of a request that may hold a secret.
type place struct {
	name, method, target, body string
	headers                    []string
	// token reports that only a bearer token is recognized there: it is free text.
	token bool
}

// places returns the places, with a secret in each.
func places(secret string) []place {
	in := func(name, target string) place { return place{name: name, method: http.MethodGet, target: target} }
	post := func(name, path, body string) place {
		return place{name: name, method: http.MethodPost, target: path, body: body}
	}
	header := func(name, value string) place {
		return place{name: name, method: http.MethodGet, target: "/2.0/movies", headers: []string{name, value}}
	}
	free := func(p place) place {
		p.token = true
		return p
	}
	return []place{
		header("Authorization", "Bearer "+secret), header("Authorization", secret), header("Authorization", "Basic "+secret),
		header("Authorization", `OAuth oauth_token="`+secret+`", oauth_signature="`+secret+`"`),
		header("Cookie", "session="+secret), header("Proxy-Authorization", "Bearer "+secret), header("X-Api-Key", secret), header("Idempotency-Key", secret),
		in("a signature in the query", "/2.0/movies?oauth_consumer_key=k&oauth_signature="+secret),
		in("a signature with an escaped name", "/2.0/movies?%6Fauth_signature="+secret),
		in("an unknown parameter", "/2.0/movies?access_token="+secret), in("a name", "/2.0/movies?"+secret), in("a malformed query", "/2.0/movies?limit=1;token="+secret),
		in("a signature of a change log", "/2.0/changes?oauth_token="+secret),
		free(in("a text", "/2.0/movies?q="+secret)), free(in("a path", "/2.0/movies/"+secret)), free(in("an unknown path", "/"+secret)),
		post("a token's body", "/2.0/tokens", `{"token":{"user":"ann","app":"player","secret":"`+secret+`"}}`),
		post("an app's body", "/2.0/apps", `{"app":{"name":"`+secret+`"`), post("a film's body", "/2.0/movies", `{"movie":{"title":7,"token":"`+secret+`"}}`),
		post("a body that is no JSON", "/2.0/movies", secret), post("a form", "/oauth/access_token?oauth_verifier="+secret, ""),
	}
}

// No line of the log, at level debug, has a secret of a request, wherever it stands.
func TestNoSecretOfRequestIsLogged(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	e["MARQUEE_LOG_LEVEL"], e["MARQUEE_SLOW_REQUEST"] = "debug", "1ns"
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e, "--role", "admin")
	sent := map[string]string{}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		secret := fmt.Sprint(rapid.StringMatching(`[A-Z0-9]{16,40}`).Draw(rt, "secret"), "X", n)
		at := rapid.IntRange(0, len(places(""))-1).Draw(rt, "place")
		p := places(secret)[at]
		if p.token {
			secret = "mq_" + secret
			p = places(secret)[at]
		}
		by := map[bool]fixture.Site{true: s.Site, false: s.Public()}[p.method == http.MethodPost]
		if a, err := by.Send(t.Context(), p.method, p.target, p.body, p.headers...); err != nil || a.Status >= http.StatusInternalServerError {
			rt.Fatalf("%s: got %+v, %v, want no failure", p.name, a, err)
		}
		sent[secret] = p.name
	})
	log := s.Stderr.String()
	if strings.Count(log, `"msg":"request"`) < len(sent) {
		t.Errorf("got fewer lines than the %d requests", len(sent))
	}
	for secret, name := range sent {
		if strings.Contains(log, strings.TrimPrefix(secret, "mq_")) {
			t.Errorf("%s: got the secret in %s", name, lineWith(log, strings.TrimPrefix(secret, "mq_")))
		}
	}
}
