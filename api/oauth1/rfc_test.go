package oauth1

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/api/oauth1/signature"
)

// example is a request from the RFC.
type example struct {
	section, public string
	method, target  string
	// header is the header Authorization in one line. form is the body.
	header, form string
	base         string
}

// walkthrough has the requests of section 1.2. The photo is requested over http, which
// is what the RFC's signature is for.
var walkthrough = []example{
	{
		section: "1.2 temporary credentials", public: "https://photos.example.net", method: "POST", target: "/initiate",
		header: `OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", ` +
			`oauth_nonce="wIjqoS", oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"`,
	},
	{
		section: "1.2 token credentials", public: "https://photos.example.net", method: "POST", target: "/token",
		header: `OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="hh5s93j4hdidpola", oauth_signature_method="HMAC-SHA1", ` +
			`oauth_timestamp="137131201", oauth_nonce="walatlh", oauth_verifier="hfdp7dh39dks9884", oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"`,
	},
	{
		section: "1.2 the photo", public: "http://photos.example.net", method: "GET", target: "/photos?file=vacation.jpg&size=original",
		header: `OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1", ` +
			`oauth_timestamp="137131202", oauth_nonce="chapoH", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"`,
	},
}

// odd is the request of sections 3.1 and 3.4.1, with the signature of erratum 2550. The
// printed signatures, bYT5CMsGcbgUdFHObYMEfcx6bsw= in 3.1 and 3.4.1.1 and
// djosJKDKJSD8743243/jdk33klY= in 3.4.1.3.1, match no secrets in the text.
var odd = example{
	section: "3.1", public: "http://example.com", method: "POST", target: "/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
	header: `OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", oauth_signature_method="HMAC-SHA1", ` +
		`oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", oauth_signature="r6%2FTJjbCOr97%2F%2BUU0NsvSne7s5g%3D"`,
	form: "c2&a3=2+q",
	base: "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q" +
		"%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_" +
		"key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_m" +
		"ethod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk" +
		"9d7dh3k39sjv7",
}

func (e example) request() *http.Request {
	r := httptest.NewRequest(e.method, e.target, strings.NewReader(e.form))
	r.Header.Set("Authorization", e.header)
	if e.form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func TestVerifyAcceptsExamples(t *testing.T) {
	t.Parallel()
	for _, e := range append(walkthrough, odd) {
		t.Run(e.section, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, e.public)
			// The temporary credentials of section 1.2 are a token here.
			f.store.tokens["hh5s93j4hdidpola"] = fakeToken{app: "dpf43f3p2l4k3l03", secret: "hdhd0244k9j7ao03"}
			if _, err := f.Verify(t.Context(), e.request(), nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// Sections 2.1 and 2.3 sign with PLAINTEXT, which is refused. The refusal names it.
func TestVerifyRefusesPlaintext(t *testing.T) {
	t.Parallel()
	for _, header := range []string{
		`OAuth realm="Example", oauth_consumer_key="jd83jd92dhsh93js", oauth_signature_method="PLAINTEXT", ` +
			`oauth_callback="http%3A%2F%2Fclient.example.net%2Fcb%3Fx%3D1", oauth_signature="ja893SD9%26", oauth_timestamp="137131201", oauth_nonce="a"`,
		`OAuth realm="Example", oauth_consumer_key="jd83jd92dhsh93js", oauth_token="hdk48Djdsa", oauth_signature_method="PLAINTEXT", ` +
			`oauth_verifier="473f82d3", oauth_signature="ja893SD9%26xyz4992k83j47x0b", oauth_timestamp="137131201", oauth_nonce="b"`,
	} {
		f := newFixture(t, "https://server.example.com")
		_, err := f.Verify(t.Context(), example{method: "POST", target: "/x", header: header}.request(), nil)
		if got := reason(t, err); got != SignatureMethodRejected || !strings.Contains(err.Error(), "PLAINTEXT") {
			t.Errorf("got %v, want %s with PLAINTEXT", err, SignatureMethodRejected)
		}
	}
}

// Sections 3.4.1.1, 3.4.1.3.1 and 3.4.1.3.2.
func TestBaseStringExample(t *testing.T) {
	t.Parallel()
	m, err := newFixture(t, odd.public).Open(odd.request())
	if err != nil {
		t.Fatal(err)
	}
	var params []signature.Param
	for _, p := range m.params {
		if p.Name != "oauth_signature" {
			params = append(params, p)
		}
	}
	want := []signature.Param{
		{Name: "oauth_consumer_key", Value: "9djdj82h48djs9d2"}, {Name: "oauth_token", Value: "kkk9d7dh3k39sjv7"}, {Name: "oauth_signature_method", Value: "HMAC-SHA1"},
		{Name: "oauth_timestamp", Value: "137131201"}, {Name: "oauth_nonce", Value: "7d8f3e4a"},
		{Name: "b5", Value: "=%3D"}, {Name: "a3", Value: "a"}, {Name: "c@", Value: ""}, {Name: "a2", Value: "r b"}, {Name: "c2", Value: ""}, {Name: "a3", Value: "2 q"},
	}
	if diff := cmp.Diff(want, params, cmp.AllowUnexported(signature.Param{})); diff != "" {
		t.Error(diff)
	}
	normal := "a2=r%20b&a3=2%20q&a3=a&b5=%3D%253D&c%40=&c2=&oauth_consumer_key=9dj" +
		"dj82h48djs9d2&oauth_nonce=7d8f3e4a&oauth_signature_method=HMAC-SHA1" +
		"&oauth_timestamp=137131201&oauth_token=kkk9d7dh3k39sjv7"
	if got := signature.Normalize(m.params); got != normal {
		t.Errorf("got parameters %s, want %s", got, normal)
	}
	if got := signature.BaseString(m.method, odd.public+m.path, m.params); got != odd.base {
		t.Errorf("got base string %s, want %s", got, odd.base)
	}
}

// The first two cases are the examples of section 3.4.1.2.
func TestBaseStringURI(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ public, target, want string }{
		{"http://EXAMPLE.COM:80", "/r%20v/X?id=123", "http://example.com/r%20v/X"},
		{"https://www.example.net:8080", "/?q=1", "https://www.example.net:8080/"},
		{"HTTPS://Example.com:443/", "/2.0/movies", "https://example.com/2.0/movies"},
		{"https://example.com:80", "/x", "https://example.com:80/x"},
		{"http://example.com:443", "/x", "http://example.com:443/x"},
		{"http://example.com:", "/x", "http://example.com/x"},
		{"http://[::1]:80", "/x", "http://[::1]/x"},
		{"http://[::1]:8080", "/x", "http://[::1]:8080/x"},
		{"https://example.com/catalogue/", "/2.0/movies", "https://example.com/catalogue/2.0/movies"},
		{"https://example.com", "/2.0/genres/film%2fnoir", "https://example.com/2.0/genres/film%2fnoir"},
		{"https://example.com", "/caf%C3%A9?x", "https://example.com/caf%C3%A9"},
		{"https://example.com", "/%7Ea//b/", "https://example.com/%7Ea//b/"},
		{"https://example.com", "http://other.example/2.0/movies?q=1", "https://example.com/2.0/movies"},
	} {
		r := httptest.NewRequest(http.MethodGet, c.target, nil)
		r.Host = "untrusted.example"
		f := newFixture(t, c.public)
		m, err := f.Open(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.origins[0] + m.path; got != c.want {
			t.Errorf("%s at %s: got %s, want %s", c.target, c.public, got, c.want)
		}
	}
}

// Sections 3.5.1 and 3.5.3 send the same parameters, in the header and in the query.
func TestTransmissionExamples(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"oauth_consumer_key": "0685bd9184jfhq22", "oauth_token": "ad180jjd733klru7", "oauth_signature_method": "HMAC-SHA1",
		"oauth_signature": "wOJIO9A2W5mFwDgiDvZbTSMK/PY=", "oauth_timestamp": "137131200",
		"oauth_nonce": "4572616e48616d6d65724c61686176", "oauth_version": "1.0",
	}
	inHeader := httptest.NewRequest(http.MethodGet, "/example/path", nil)
	inHeader.Header.Set("Authorization", `oauth realm="Example", oauth_consumer_key="0685bd9184jfhq22", oauth_token="ad180jjd733klru7", `+
		`oauth_signature_method="HMAC-SHA1", oauth_signature="wOJIO9A2W5mFwDgiDvZbTSMK%2FPY%3D", oauth_timestamp="137131200", `+
		`oauth_nonce="4572616e48616d6d65724c61686176", oauth_version="1.0"`)
	inQuery := httptest.NewRequest(http.MethodGet, "/example/path?oauth_consumer_key=0685bd9184jfhq22&oauth_token=ad180jjd733klru7"+
		"&oauth_signature_method=HMAC-SHA1&oauth_signature=wOJIO9A2W5mFwDgiDvZbTSMK%2FPY%3D&oauth_timestamp=137131200"+
		"&oauth_nonce=4572616e48616d6d65724c61686176&oauth_version=1.0", nil)
	for _, r := range []*http.Request{inHeader, inQuery} {
		m, err := newFixture(t, "https://server.example.com").Open(r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, m.protocol); diff != "" || !Signed(r) || m.check() != nil {
			t.Errorf("(-want +got):\n%s\nsigned %t, check %v", diff, Signed(r), m.check())
		}
	}
}

// Section 3.5.2 sends the parameters in a form, which is refused: bodies of the API are
// JSON, which is not signed.
func TestVerifyRefusesParametersInForm(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/example/path", strings.NewReader("oauth_consumer_key=0685bd9184jfhq22&oauth_token=ad180jjd733klru7"+
		"&oauth_signature_method=HMAC-SHA1&oauth_signature=wOJIO9A2W5mFwDgiDvZbTSMK%2FPY%3D&oauth_timestamp=137131200"+
		"&oauth_nonce=4572616e48616d6d65724c61686176&oauth_version=1.0"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f := newFixture(t, "https://server.example.com")
	f.store.apps["0685bd9184jfhq22"] = "secret"
	if _, err := f.Verify(t.Context(), r, nil); reason(t, err) != ParameterRejected || !strings.Contains(err.Error(), "header Authorization") {
		t.Errorf("got %v, want %s with the place for parameters", err, ParameterRejected)
	}
	if Signed(r) {
		t.Error("Signed is true for parameters in a form, want false")
	}
}
