package oauth1

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the extension has it for HMAC-SHA1
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"marquee/storage"
)

func sha1Of(text string) string {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // the extension has it for HMAC-SHA1
	return base64.StdEncoding.EncodeToString(sum[:])
}

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// hashed returns a signed request with a body and the hash of a body.
func hashed(method, hash string, body io.Reader, media string) *http.Request {
	d := newDraft()
	d.protocol["oauth_signature_method"], d.protocol["oauth_body_hash"] = method, hash
	r := d.request()
	if body != nil {
		r.Body = io.NopCloser(body)
	}
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	return r
}

// A hash of the body, where it is sent, has to be that of the signature method.
func TestBodyHash(t *testing.T) {
	t.Parallel()
	const body, json = `{"movie":{"title":"Laura"}}`, "application/json"
	for name, c := range map[string]struct {
		method, hash, body, media string
		want                      Reason
	}{
		"SHA-1":                        {"HMAC-SHA1", sha1Of(body), body, json, ""},
		"SHA-256":                      {"HMAC-SHA256", sha256Of(body), body, json, ""},
		"no body, SHA-1":               {"HMAC-SHA1", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "", "", ""},
		"no body, SHA-256":             {"HMAC-SHA256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "", "", ""},
		"no media type":                {"HMAC-SHA1", sha1Of(body), body, "", ""},
		"the hash of the other method": {"HMAC-SHA1", sha256Of(body), body, json, BodyHashInvalid},
		"another body":                 {"HMAC-SHA256", sha256Of(body + " "), body, json, BodyHashInvalid},
		"a body with the empty hash":   {"HMAC-SHA256", sha256Of(""), body, json, BodyHashInvalid},
		"no body with a hash":          {"HMAC-SHA256", sha256Of(body), "", json, BodyHashInvalid},
		"an empty hash":                {"HMAC-SHA256", "", body, json, BodyHashInvalid},
		"no base64":                    {"HMAC-SHA256", "?", body, json, BodyHashInvalid},
		"a form":                       {"HMAC-SHA1", sha1Of(""), "", "application/x-www-form-urlencoded", ParameterRejected},
	} {
		r := hashed(c.method, c.hash, strings.NewReader(c.body), c.media)
		_, err := newFixture(t, "https://api.example.com").Verify(t.Context(), r, nil)
		if got := reason(t, err); got != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if left, err := io.ReadAll(r.Body); err != nil || c.want == "" && string(left) != c.body {
			t.Errorf("%s: the body is %q after the check, %v", name, left, err)
		}
	}
	_, err := newFixture(t, "https://api.example.com").Verify(t.Context(), hashed("HMAC-SHA1", sha1Of(""), nil, ""), nil)
	if err != nil {
		t.Errorf("without a body: %v", err)
	}
}

// Only bodies up to a bound are hashed, and one that ends too early is the client's fault.
func TestBodiesThatAreNotHashed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "https://api.example.com")
	large := bytes.Repeat([]byte("a"), MaxBody+1)
	tooLarge := func(err error) bool {
		_, is := errors.AsType[*BodyTooLarge](err)
		return is
	}
	if _, err := f.Verify(t.Context(), hashed("HMAC-SHA256", sha256Of(string(large)), bytes.NewReader(large), ""), nil); !tooLarge(err) {
		t.Errorf("a large body: got %v", err)
	}
	announced := hashed("HMAC-SHA256", sha256Of(string(large)), iotest.ErrReader(errors.New("read")), "")
	announced.ContentLength = MaxBody + 1
	if _, err := f.Verify(t.Context(), announced, nil); !tooLarge(err) {
		t.Errorf("an announced large body: got %v", err)
	}
	if _, err := f.Verify(t.Context(), hashed("HMAC-SHA256", sha256Of(""), iotest.ErrReader(io.ErrUnexpectedEOF), ""), nil); storage.CodeOf(err) != storage.Invalid {
		t.Errorf("a body that ends too early: got %v", err)
	}
	whole := large[:MaxBody]
	if _, err := f.Verify(t.Context(), hashed("HMAC-SHA256", sha256Of(string(whole)), bytes.NewReader(whole), ""), nil); err != nil {
		t.Errorf("the largest body: got %v", err)
	}
}

// A body is accepted with its own hash and refused with that of any other.
func TestBodyHashOfAnyBody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		body, other := rapid.String().Draw(rt, "body"), rapid.String().Draw(rt, "other")
		method, hash := "HMAC-SHA1", sha1Of
		if rapid.Bool().Draw(rt, "SHA-256") {
			method, hash = "HMAC-SHA256", sha256Of
		}
		_, err := newFixture(t, "https://api.example.com").Verify(t.Context(), hashed(method, hash(other), strings.NewReader(body), "text/plain"), nil)
		if good := err == nil; good != (body == other) {
			rt.Errorf("the body %q with the hash of %q: got %v", body, other, err)
		}
		if _, err = newFixture(t, "https://api.example.com").Verify(t.Context(), hashed(method, hash(body), strings.NewReader(body), ""), nil); err != nil {
			rt.Error(err)
		}
	})
}
