package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"marquee/cache/nonce"
)

// administered returns a client who is an admin.
func administered(t *testing.T) (*client, *memory) {
	t.Helper()
	c, m := seeded(t)
	c.token = adminToken
	return c, m
}

func TestApps(t *testing.T) {
	t.Parallel()
	c, _ := administered(t)
	made := c.write("POST", "/2.0/apps", `{"meta":{},"app":{"name":"Player","role":"admin"}}`).want(http.StatusCreated)
	key, _ := made.at("app", "consumer_key").(string)
	own := "/2.0/apps/" + key
	if made.header.Get("Location") != own || made.header.Get("Cache-Control") != "no-store" || made.at("app", "consumer_secret") != "first secret" || made.at("app", "name") != "Player" {
		t.Errorf("got %v %s", made.header, made.body)
	}
	c.write("POST", "/2.0/apps", `{"app":{"name":"Player"}}`).refused(http.StatusConflict)
	c.write("POST", "/2.0/apps", `{"app":{"name":"Other"}}`).want(http.StatusCreated)
	all := c.write("GET", "/2.0/apps", "").want(http.StatusOK)
	if got := fmt.Sprint(all.at("apps")); strings.Contains(got, "secret") || !strings.Contains(got, "role:admin") || !strings.Contains(got, "role:editor") || !strings.Contains(got, "revoked:<nil>") {
		t.Errorf("the apps are %s", got)
	}
	rotated := c.write("POST", own+"/rotate", `{"meta":{}}`).want(http.StatusOK)
	if rotated.at("app", "consumer_secret") != "second secret" || rotated.at("app", "consumer_key") != key || rotated.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %v %s", rotated.header, rotated.body)
	}
	c.write("DELETE", own, "").want(http.StatusNoContent)
	c.write("DELETE", own, "").refused(http.StatusNotFound)
	c.write("POST", own+"/rotate", "").refused(http.StatusNotFound)
	c.write("DELETE", "/2.0/apps/Other", "").refused(http.StatusNotFound) // a name is no key
	c.write("GET", own, "").refused(http.StatusMethodNotAllowed)
	if got := fmt.Sprint(c.write("GET", "/2.0/apps", "").at("apps")); strings.Count(got, "revoked:<nil>") != 1 {
		t.Errorf("the apps are %s", got)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	c, m := administered(t)
	c.write("POST", "/2.0/apps", `{"app":{"name":"Player"}}`).want(http.StatusCreated)
	plain := c.write("POST", "/2.0/tokens", `{"token":{"user":"eve"}}`).want(http.StatusCreated)
	if plain.header.Get("Location") != "/2.0/tokens/1" || plain.header.Get("Cache-Control") != "no-store" ||
		fmt.Sprint(plain.at("token")) != "map[id:1 oauth_token:<nil> oauth_token_secret:<nil> token:mq_secret]" {
		t.Errorf("got %v %s", plain.header, plain.body)
	}
	signing := c.write("POST", "/2.0/tokens", `{"token":{"user":"ed","app":"Player","role":"admin","expires":"2999-12-31T23-59"}}`).want(http.StatusCreated)
	if fmt.Sprint(signing.at("token")) != "map[id:2 oauth_token:oauth oauth_token_secret:oauth secret token:mq_secret]" {
		t.Errorf("got %s", signing.body)
	}
	all := c.write("GET", "/2.0/tokens", "").want(http.StatusOK)
	if got := fmt.Sprint(all.at("tokens")); strings.Contains(got, "secret") || !strings.Contains(got, "expires:2999-12-31T23-59-00") || !strings.Contains(got, "role:editor") {
		t.Errorf("the tokens are %s", got)
	}
	if a := c.write("POST", "/2.0/tokens/2/rotate", "").want(http.StatusOK); a.at("token", "id") != "2" || a.at("token", "token") != "mq_secret" {
		t.Errorf("got %s", a.body)
	}
	c.write("DELETE", "/2.0/tokens/2", `{"meta":{}}`).want(http.StatusNoContent)
	for _, gone := range []string{"2", "3", "x", "0"} {
		c.write("DELETE", "/2.0/tokens/"+gone, "").refused(http.StatusNotFound)
		c.write("POST", "/2.0/tokens/"+gone+"/rotate", "").refused(http.StatusNotFound)
	}
	if m.tokens[0].Revoked != nil || m.tokens[1].Revoked == nil {
		t.Errorf("got %+v", m.tokens)
	}
}

// Lists of apps and tokens have pages.
func TestGrantPages(t *testing.T) {
	t.Parallel()
	c, _ := administered(t)
	for i := range 5 {
		c.write("POST", "/2.0/apps", fmt.Sprintf(`{"app":{"name":"App %d"}}`, i)).want(http.StatusCreated)
		c.write("POST", "/2.0/tokens", `{"token":{"user":"eve"}}`).want(http.StatusCreated)
	}
	for plural, member := range map[string]string{"apps": "name", "tokens": "id"} {
		whole, _ := c.write("GET", "/2.0/"+plural, "").want(http.StatusOK).at(plural).([]any)
		var paged []any
		var last *answer
		for target := "/2.0/" + plural + "?limit=2"; target != ""; target = last.links()["next"] {
			last = c.write("GET", target, "").want(http.StatusOK)
			page, _ := last.at(plural).([]any)
			paged = append(paged, page...)
		}
		if fmt.Sprint(paged) != fmt.Sprint(whole) || len(whole) != 5 || whole[4].(map[string]any)[member] == nil {
			t.Errorf("%s page by page: %v, want %v", plural, paged, whole)
		}
		if got := fmt.Sprint(last.at("meta"), last.links()["prev"], last.links()["first"]); got != "map[limit:2 offset:4 total:5]/2.0/"+plural+"?offset=2&limit=2/2.0/"+plural+"?limit=2" {
			t.Errorf("the last page of %s says %s", plural, got)
		}
		beyond := c.write("GET", "/2.0/"+plural+"?offset=9", "").want(http.StatusOK)
		if got := fmt.Sprint(beyond.at(plural), beyond.at("meta", "total"), beyond.links()["prev"], beyond.links()["next"]); got != "[]5/2.0/"+plural {
			t.Errorf("beyond the end of %s: %s", plural, got)
		}
	}
}

func TestGrantRefusals(t *testing.T) {
	t.Parallel()
	c, m := administered(t)
	for _, r := range []struct{ target, body, places string }{
		{"apps", `{}`, "/app"},
		{"apps", `{"app":{}}`, "/app/name"},
		{"apps", `{"app":{"name":""}}`, "/app/name"},
		{"apps", `{"app":{"name":" x"}}`, "/app/name"},
		{"apps", `{"app":{"name":"` + strings.Repeat("ä", 49) + `"}}`, "/app/name"}, // 98 bytes
		{"apps", `{"app":{"name":"x","role":"king","secret":"y"},"token":{}}`, "/app/role /app/secret /token"},
		{"apps", `{"app":{"name":"x","name":"y"}}`, "/app/name"},
		{"tokens", `{"token":{"role":"editor"}}`, "/token/user"},
		{"tokens", `{"token":{"user":"app:Player"}}`, "/token/user"},
		{"tokens", `{"token":{"user":"ed","expires":"2999-12-31"}}`, "/token/expires"},
		{"tokens", `{"token":{"user":"ed","expires":"2014-12-31T23-59"}}`, "/token/expires"},
		{"tokens", `{"token":{"user":"ed","app":"nobody"}}`, "/token/app"},
		{"tokens", `{"token":{"user":7}}`, "/token/user"},
	} {
		p := c.write("POST", "/2.0/"+r.target, r.body).refused(http.StatusBadRequest)
		if got := strings.Join(p.places(), " "); got != r.places {
			t.Errorf("%s: faults at %s, want %s", r.body, got, r.places)
		}
	}
	for _, query := range []string{"limit=0", "limit=101", "offset=-1", "sort=name", "limit=1&limit=2"} {
		c.write("GET", "/2.0/apps?"+query, "").refused(http.StatusBadRequest)
	}
	c.write("DELETE", "/2.0/tokens/1?cascade=true", "").refused(http.StatusBadRequest)
	for _, r := range [][2]string{{"GET", "apps"}, {"POST", "apps"}, {"DELETE", "apps/x"}, {"POST", "apps/x/rotate"}, {"POST", "tokens"}, {"POST", "tokens/1/rotate"}} {
		a := c.do(r[0], "/2.0/"+r[1], "")
		a.refused(http.StatusUnauthorized)
		for _, token := range []string{readerToken, editorToken} {
			if a := c.do(r[0], "/2.0/"+r[1], "", "Authorization", "Bearer "+token); a.refused(http.StatusForbidden).Status != 403 || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: got %v", a.what, a.header)
			}
		}
	}
	if len(m.apps)+len(m.tokens) > 0 {
		t.Errorf("refused requests made %v %v", m.apps, m.tokens)
	}
}

// Users see and revoke their own tokens only. An app that acts for a user may do
// neither.
func TestOwnTokens(t *testing.T) {
	t.Parallel()
	c, m := administered(t)
	for _, user := range []string{"ed", "eve", "ed"} {
		c.write("POST", "/2.0/tokens", `{"token":{"user":"`+user+`"}}`).want(http.StatusCreated)
	}
	c.token = editorToken
	own := c.write("GET", "/2.0/tokens?limit=1&offset=1", "").want(http.StatusOK)
	if got, _ := own.at("tokens").([]any); len(got) != 1 || own.at("meta", "total") != json.Number("2") || got[0].(map[string]any)["id"] != "3" {
		t.Errorf("got %s", own.body)
	}
	c.write("DELETE", "/2.0/tokens/2", "").refused(http.StatusNotFound)
	c.write("DELETE", "/2.0/tokens/3", "").want(http.StatusNoContent)
	if m.tokens[1].Revoked != nil || m.tokens[2].Revoked == nil {
		t.Errorf("got %+v", m.tokens)
	}
	for _, method := range []string{"GET", "DELETE"} {
		target := map[string]string{"GET": "/2.0/tokens", "DELETE": "/2.0/tokens/1"}[method]
		c.do(method, target, "").refused(http.StatusUnauthorized)
		server := secured(t, nonce.NewMemory(1000, nil), nil)
		for _, app := range []*http.Client{ann(t), signed(t, consumerKey, consumerSecret, "", "")} {
			request(t, app, method, server.URL+target, "").refused(http.StatusForbidden)
		}
	}
}
