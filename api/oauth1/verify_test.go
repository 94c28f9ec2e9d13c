package oauth1

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"marquee/api/oauth1/signature"
	"marquee/storage"
)

// draft is a request that is not signed yet. Its defaults are valid.
type draft struct {
	method, target string
	// protocol has the protocol parameters, except for the signature.
	protocol map[string]string
	// consumerSecret and tokenSecret make the signature.
	consumerSecret, tokenSecret string
	// origin is the origin that the client signs.
	origin  string
	inQuery bool
}

func newDraft() *draft {
	return &draft{
		method: "POST", target: "/2.0/movies?b=%20&a=1+2&a=&a=%C3%A9", origin: "https://api.example.com",
		protocol: map[string]string{
			"oauth_consumer_key": "9djdj82h48djs9d2", "oauth_token": "kkk9d7dh3k39sjv7", "oauth_signature_method": "HMAC-SHA256",
			"oauth_timestamp": "137131201", "oauth_nonce": "abc", "oauth_version": "1.0",
		},
		consumerSecret: "j49sk3j29djd", tokenSecret: "dh893hdasih9",
	}
}

// signature returns the signature of the draft.
func (d *draft) signature() string {
	path, query, _ := strings.Cut(d.target, "?")
	var params []signature.Param
	values, _ := url.ParseQuery(query)
	for name, list := range values {
		for _, value := range list {
			params = append(params, signature.Param{Name: name, Value: value})
		}
	}
	for name, value := range d.protocol {
		params = append(params, signature.Param{Name: name, Value: value})
	}
	method := signature.Methods[d.protocol["oauth_signature_method"]]
	if method == nil {
		method = signature.Methods["HMAC-SHA1"]
	}
	return signature.Sign(method, signature.BaseString(d.method, d.origin+path, params), d.consumerSecret, d.tokenSecret)
}

// pairs returns the protocol parameters as sent.
func (d *draft) pairs(form string) []string {
	pairs := []string{fmt.Sprintf(form, "oauth_signature", signature.Encode(d.signature()))}
	for name, value := range d.protocol {
		pairs = append(pairs, fmt.Sprintf(form, signature.Encode(name), signature.Encode(value)))
	}
	return pairs
}

func (d *draft) request() *http.Request {
	if d.inQuery {
		separator := "&"
		if !strings.Contains(d.target, "?") {
			separator = "?"
		}
		return httptest.NewRequest(d.method, d.target+separator+strings.Join(d.pairs("%s=%s"), "&"), nil)
	}
	r := httptest.NewRequest(d.method, d.target, nil)
	r.Header.Set("Authorization", "OAuth "+strings.Join(d.pairs(`%s="%s"`), ", "))
	return r
}

func TestVerifyAcceptsSignedRequests(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*draft){
		"the default":      func(*draft) {},
		"HMAC-SHA1":        func(d *draft) { d.protocol["oauth_signature_method"] = "HMAC-SHA1" },
		"in the query":     func(d *draft) { d.inQuery = true },
		"no query":         func(d *draft) { d.target = "/2.0/movies" },
		"query alone":      func(d *draft) { d.target, d.inQuery = "/2.0/movies", true },
		"no version":       func(d *draft) { delete(d.protocol, "oauth_version") },
		"without a token":  func(d *draft) { delete(d.protocol, "oauth_token"); d.tokenSecret = "" },
		"an empty token":   func(d *draft) { d.protocol["oauth_token"], d.tokenSecret = "", "" },
		"other parameters": func(d *draft) { d.protocol["oauth_callback"] = "http://example.com/?a=b" },
		"the longest nonce": func(d *draft) {
			d.protocol["oauth_nonce"] = strings.Repeat("n", maxValue)
		},
		"a nonce of odd characters": func(d *draft) { d.protocol["oauth_nonce"] = `a b+c&"é,=%` },
		"HEAD":                      func(d *draft) { d.method = "HEAD" },
		"the oldest":                func(d *draft) { d.protocol["oauth_timestamp"] = "137130901" },
		"the newest":                func(d *draft) { d.protocol["oauth_timestamp"] = "137131501" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDraft()
			change(d)
			f := newFixture(t, "https://api.example.com")
			grant, err := f.Verify(t.Context(), d.request(), nil)
			if err != nil {
				t.Fatal(err)
			}
			user := "jane"
			if d.protocol["oauth_token"] == "" {
				user = "app 9djdj82h48djs9d2"
			}
			if grant.ConsumerKey != "9djdj82h48djs9d2" || grant.Token != d.protocol["oauth_token"] || grant.User.Name != user {
				t.Errorf("got %+v, user %+v; want the user %s", grant, grant.User, user)
			}
		})
	}
}

func TestVerifyReportsReason(t *testing.T) {
	t.Parallel()
	set := func(name, value string) func(*draft) { return func(d *draft) { d.protocol[name] = value } }
	without := func(name string) func(*draft) { return func(d *draft) { delete(d.protocol, name) } }
	for _, c := range []struct {
		name   string
		change func(*draft)
		want   Reason
	}{
		{"no consumer key", without("oauth_consumer_key"), ParameterAbsent},
		{"no method", without("oauth_signature_method"), ParameterAbsent},
		{"no timestamp", without("oauth_timestamp"), ParameterAbsent},
		{"no nonce", without("oauth_nonce"), ParameterAbsent},
		{"an empty nonce", set("oauth_nonce", ""), ParameterAbsent},
		{"version 2.0", set("oauth_version", "2.0"), VersionRejected},
		{"an empty version", set("oauth_version", ""), VersionRejected},
		{"version 1", set("oauth_version", "1"), VersionRejected},
		{"PLAINTEXT", set("oauth_signature_method", "PLAINTEXT"), SignatureMethodRejected},
		{"RSA-SHA1", set("oauth_signature_method", "RSA-SHA1"), SignatureMethodRejected},
		{"a method in lower case", set("oauth_signature_method", "hmac-sha1"), SignatureMethodRejected},
		{"a signed timestamp", set("oauth_timestamp", "+137131201"), ParameterRejected},
		{"a negative timestamp", set("oauth_timestamp", "-1"), ParameterRejected},
		{"a timestamp of zero", set("oauth_timestamp", "0"), ParameterRejected},
		{"a leading zero", set("oauth_timestamp", "0137131201"), ParameterRejected},
		{"a fraction", set("oauth_timestamp", "137131201.0"), ParameterRejected},
		{"other digits", set("oauth_timestamp", "١٣٧"), ParameterRejected},
		{"a huge timestamp", set("oauth_timestamp", "99999999999999999999"), ParameterRejected},
		{"too old", set("oauth_timestamp", "137130900"), TimestampRefused},
		{"too new", set("oauth_timestamp", "137131502"), TimestampRefused},
		{"the last timestamp", set("oauth_timestamp", "999999999999"), TimestampRefused},
		{"a long nonce", set("oauth_nonce", strings.Repeat("n", maxValue+1)), ParameterRejected},
		{"a nonce with NUL", set("oauth_nonce", "a\x00"), ParameterRejected},
		{"a token that is not UTF-8", set("oauth_token", "\xff"), ParameterRejected},
		{"an unknown app", set("oauth_consumer_key", "nobody"), ConsumerKeyUnknown},
		{"an unknown token", set("oauth_token", "nothing"), TokenRejected},
		{"another app's token", set("oauth_token", "nnch734d00sl2jdk"), TokenRejected},
		{"another consumer secret", func(d *draft) { d.consumerSecret = "j49sk3j29dje" }, SignatureInvalid},
		{"another token secret", func(d *draft) { d.tokenSecret = "" }, SignatureInvalid},
		{"secrets joined differently", func(d *draft) { d.consumerSecret, d.tokenSecret = "j49sk3j29djd&dh893hdasih9", "" }, SignatureInvalid},
		{"another host", func(d *draft) { d.origin = "https://evil.example.com" }, SignatureInvalid},
		{"another scheme", func(d *draft) { d.origin = "http://api.example.com" }, SignatureInvalid},
		{"the default port signed", func(d *draft) { d.origin = "https://api.example.com:443" }, SignatureInvalid},
		{"a revoked token", func(d *draft) { d.protocol["oauth_token"], d.tokenSecret = "revoked", "gone" }, TokenRevoked},
		{"a revoked token with a wrong secret", func(d *draft) { d.protocol["oauth_token"], d.tokenSecret = "revoked", "guess" }, SignatureInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, inQuery := range []bool{false, true} {
				d := newDraft()
				c.change(d)
				d.inQuery = inQuery
				f := newFixture(t, "https://api.example.com")
				grant, err := f.Verify(t.Context(), d.request(), nil)
				if got := reason(t, err); got != c.want || grant != nil {
					t.Errorf("in the query %t: got %v, %v; want no grant, %s", inQuery, grant, err, c.want)
				}
				if len(f.nonces.ends) > 0 {
					t.Error("a refused request used its nonce")
				}
			}
		})
	}
}

// A request that is changed after signing is refused, and the nonce remains unused.
func TestVerifyRefusesChangedRequests(t *testing.T) {
	t.Parallel()
	header := func(r *http.Request) string { return r.Header.Get("Authorization") }
	for name, c := range map[string]struct {
		change func(r *http.Request)
		want   Reason
	}{
		"another method":      {func(r *http.Request) { r.Method = "PUT" }, SignatureInvalid},
		"another path":        {func(r *http.Request) { r.RequestURI = "/2.0/persons?" + r.URL.RawQuery }, SignatureInvalid},
		"another spelling":    {func(r *http.Request) { r.RequestURI = "/2.0/%6Dovies?" + r.URL.RawQuery }, SignatureInvalid},
		"one more parameter":  {func(r *http.Request) { r.RequestURI += "&x" }, SignatureInvalid},
		"one parameter less":  {func(r *http.Request) { r.RequestURI = "/2.0/movies?b=%20&a=1+2&a=%C3%A9" }, SignatureInvalid},
		"another value":       {func(r *http.Request) { r.RequestURI = strings.Replace(r.RequestURI, "1+2", "1+3", 1) }, SignatureInvalid},
		"a form":              {setForm("x=y"), SignatureInvalid},
		"a protocol form":     {setForm("oauth_verifier=v"), ParameterRejected},
		"two headers":         {func(r *http.Request) { r.Header.Add("Authorization", header(r)) }, ParameterRejected},
		"a bearer token, too": {func(r *http.Request) { r.Header.Add("Authorization", "Bearer abc") }, ParameterRejected},
		"a parameter twice":   {setHeader(func(h string) string { return h + `, oauth_token="kkk9d7dh3k39sjv7"` }), ParameterRejected},
		"twice, encoded":      {setHeader(func(h string) string { return h + `, oauth%5Ftoken="x"` }), ParameterRejected},
		"two places":          {func(r *http.Request) { r.RequestURI += "&oauth_version=1.0" }, ParameterRejected},
		"an unknown one, too": {func(r *http.Request) { r.RequestURI += "&%6Fauth_x=1" }, ParameterRejected},
		"no quotes":           {setHeader(func(h string) string { return strings.ReplaceAll(h, `"`, "") }), ParameterRejected},
		"spaces around =":     {setHeader(func(h string) string { return strings.ReplaceAll(h, `="`, `= "`) }), ParameterRejected},
		"no comma":            {setHeader(func(h string) string { return strings.ReplaceAll(h, `", `, `" `) }), ParameterRejected},
		"raw base64":          {setHeader(func(h string) string { return strings.ReplaceAll(h, "%3D", "=") }), ParameterRejected},
		"a cut escape":        {setHeader(func(h string) string { return strings.ReplaceAll(h, "%3D", "%3") }), ParameterRejected},
		"two realms":          {setHeader(func(h string) string { return h + `, realm="a", Realm="b"` }), ParameterRejected},
		"no parameters":       {setHeader(func(string) string { return "OAuth" }), ParameterAbsent},
		"no signature":        {setHeader(dropParam("oauth_signature")), ParameterAbsent},
		"a signed version":    {setHeader(dropParam("oauth_version")), SignatureInvalid},
		"signature cut":       {setHeader(func(h string) string { return strings.Replace(h, "%3D", "", 1) }), SignatureInvalid},
		"signature and lines": {setHeader(func(h string) string { return strings.Replace(h, "%3D", "%3D%0A", 1) }), ParameterRejected},
		"another parameter":   {setHeader(func(h string) string { return h + `, x_auth_mode="y"` }), SignatureInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, "https://api.example.com")
			r := newDraft().request()
			c.change(r)
			_, err := f.Verify(t.Context(), r, nil)
			if got := reason(t, err); got != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if _, err := f.Verify(t.Context(), newDraft().request(), nil); err != nil {
				t.Errorf("the unchanged request afterwards: got %v, want no error", err)
			}
		})
	}
}

func setForm(text string) func(*http.Request) {
	return func(r *http.Request) {
		changed := httptest.NewRequest(r.Method, r.RequestURI, strings.NewReader(text))
		r.Body = changed.Body
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
}

func setHeader(change func(string) string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", change(r.Header.Get("Authorization"))) }
}

func dropParam(name string) func(string) string {
	return func(h string) string {
		parts := strings.Split(strings.TrimPrefix(h, "OAuth "), ", ")
		parts = slices.DeleteFunc(parts, func(p string) bool { return strings.HasPrefix(p, name+"=") })
		return "OAuth " + strings.Join(parts, ", ")
	}
}

// A header may also have a realm, white space and empty elements.
func TestVerifyAcceptsHeaderForms(t *testing.T) {
	t.Parallel()
	for _, change := range []func(string) string{
		func(h string) string { return strings.Replace(h, "OAuth ", `oauth   realm="a \"b\", c=d",`, 1) },
		func(h string) string { return strings.ReplaceAll(h, ", ", ",") },
		func(h string) string { return strings.ReplaceAll(h, ", ", " \t,\t , ") + "," },
		func(h string) string { return strings.ReplaceAll(h, "%3D", "%3d") },
		func(h string) string { return strings.ReplaceAll(h, "oauth_n", "oauth%5Fn") },
	} {
		r := newDraft().request()
		setHeader(change)(r)
		if _, err := newFixture(t, "https://api.example.com").Verify(t.Context(), r, nil); err != nil {
			t.Errorf("%s: got %v, want no error", r.Header.Get("Authorization"), err)
		}
	}
}

// After Verify, the handler can read a signed form (section 3.4.1.3.1).
func TestVerifyLeavesFormReadable(t *testing.T) {
	t.Parallel()
	r := odd.request()
	if _, err := newFixture(t, odd.public).Verify(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.ParseForm(); err != nil || r.PostForm.Encode() != "a3=2+q&c2=" {
		t.Errorf("got %v, %v; want the form", r.PostForm, err)
	}
}

// A malformed query or form is invalid input, not a refusal.
func TestVerifyReportsMalformedParameters(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*http.Request){
		func(r *http.Request) { r.RequestURI += "&q=%zz" },
		func(r *http.Request) { r.RequestURI += "&%=1" },
		setForm("q=%zz"),
		setForm(strings.Repeat("a", maxForm+1)),
	} {
		r := newDraft().request()
		change(r)
		if _, err := newFixture(t, "https://api.example.com").Verify(t.Context(), r, nil); storage.CodeOf(err) != storage.Invalid {
			t.Errorf("%s: got %v, want the code Invalid", r.RequestURI, err)
		}
	}
}

// Verify admits nobody while a store is down.
func TestVerifyWithStoresDown(t *testing.T) {
	t.Parallel()
	down := errors.New("connection refused")
	f := newFixture(t, "https://api.example.com")
	f.nonces.down = down
	_, err := f.Verify(t.Context(), newDraft().request(), nil)
	if storage.CodeOf(err) != storage.Unavailable || !errors.Is(err, down) {
		t.Errorf("nonces down: got %v, want Unavailable with the cause", err)
	}
	f = newFixture(t, "https://api.example.com")
	f.store.down = &storage.Error{Code: storage.Unavailable, Err: down}
	_, err = f.Verify(t.Context(), newDraft().request(), nil)
	if storage.CodeOf(err) != storage.Unavailable || !errors.Is(err, down) {
		t.Errorf("secrets down: got %v, want Unavailable with the cause", err)
	}
}

// A request cannot be signed with an empty secret.
func TestVerifyRefusesEmptySecrets(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "https://api.example.com")
	f.store.apps["empty"] = ""
	f.store.tokens["empty"] = fakeToken{app: "9djdj82h48djs9d2"}
	for name, want := range map[string]Reason{"oauth_consumer_key": ConsumerKeyUnknown, "oauth_token": TokenRejected} {
		d := newDraft()
		d.protocol[name] = "empty"
		if name == "oauth_consumer_key" {
			d.consumerSecret = ""
			delete(d.protocol, "oauth_token")
		}
		d.tokenSecret = ""
		_, err := f.Verify(t.Context(), d.request(), nil)
		if got := reason(t, err); got != want {
			t.Errorf("empty %s: got %v, want %s", name, err, want)
		}
	}
}

// Refusals have the server's time and the URL to sign, so that a client can correct its
// clock and its URL.
func TestRefusalsHaveTimeAndURL(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "https://api.example.com/catalogue")
	d := newDraft()
	_, err := f.Verify(t.Context(), d.request(), nil)
	if reason(t, err) != SignatureInvalid || !strings.Contains(err.Error(), "POST&https%3A%2F%2Fapi.example.com%2Fcatalogue%2F") {
		t.Errorf("a wrong signature: got %v, want the URL to sign", err)
	}
	d.protocol["oauth_timestamp"] = "1"
	_, err = f.Verify(t.Context(), d.request(), nil)
	if reason(t, err) != TimestampRefused || !strings.Contains(err.Error(), "137131201") {
		t.Errorf("an old timestamp: got %v, want the server's time", err)
	}
}

func TestSigned(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header, target string
		want           bool
	}{
		{"", "/2.0/movies", false},
		{"Bearer oauth_token", "/2.0/movies?q=oauth_token", false},
		{"OAuthentic x", "/2.0/movies?oauth=1&xoauth_token=1", false},
		{"OAuth", "/2.0/movies", true},
		{`oAUTH oauth_token="a"`, "/2.0/movies", true},
		{"", "/2.0/movies?oauth_token", true},
		{"", "/2.0/movies?q=1&%6fauth%5Fx=1", true},
		{"", "/2.0/movies?%zz&oauth_nonce=1", true},
	} {
		r := httptest.NewRequest(http.MethodGet, c.target, nil)
		if c.header != "" {
			r.Header.Set("Authorization", c.header)
		}
		if got := Signed(r); got != c.want {
			t.Errorf("%q %s: got %t, want %t", c.header, c.target, got, c.want)
		}
	}
}

func TestNewRefusesPublicURL(t *testing.T) {
	t.Parallel()
	for _, public := range []string{"", "api.example.com", "//api.example.com", "ftp://api.example.com", "https://", "https://:443",
		"https://u@api.example.com", "https://api.example.com/?q=1", "https://api.example.com/#top", "https:api.example.com"} {
		u, err := url.Parse(public)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(Config{PublicURL: u, Secrets: newStore(), Nonces: newNonces()}); err == nil {
			t.Errorf("%q: got no error, want one", public)
		}
	}
	if _, err := New(Config{Secrets: newStore(), Nonces: newNonces()}); err == nil {
		t.Error("no public URL: got no error, want one")
	}
}

// The header may have a bearer token under the wrong scheme. A refusal has the position
// of the fault, and does not repeat the header.
func TestRefusalsDoNotRepeatHeader(t *testing.T) {
	t.Parallel()
	for header, place := range map[string]string{
		`OAuth mq_SECRET`:                        "after 0 bytes",
		`OAuth oauth_nonce="a", mq_SECRET`:       "after 17 bytes",
		`OAuth oauth_nonce="a", mq_SECRET%="b"`:  "at byte 31",
		`OAuth oauth_nonce="a", x="mq_SECRET%z"`: "at byte 32",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", header)
		_, err := newFixture(t, "https://api.example.com").Verify(t.Context(), r, nil)
		if reason(t, err) != ParameterRejected || strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: got %v, want %s with %q", header, err, ParameterRejected, place)
		}
	}
}
