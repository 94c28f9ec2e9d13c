// Package signature signs requests as RFC 5849, section 3.4, describes.
package signature

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"net/url"
	"slices"
	"strings"
)

// Methods are the supported signature methods. SHA-1 has collisions, but they do not
// weaken an HMAC (RFC 6194, section 3.3), and most clients support only HMAC-SHA1.
var Methods = map[string]func() hash.Hash{
	"HMAC-SHA1":   sha1.New,
	"HMAC-SHA256": sha256.New,
}

// Origin returns the beginning of all base string URIs for a public URL, in the form
// of RFC 5849, section 3.4.1.2: in lower case, without the default port of the scheme.
// A path is retained: a proxy removes it from requests before they arrive.
func Origin(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := u.Port(); port == "" || scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/")
}

// BaseString returns the text that is signed (RFC 5849, section 3.4.1.1): the method,
// the URI without its query, and all parameters except the signature.
func BaseString(method, uri string, params []Param) string {
	return Encode(strings.ToUpper(method)) + "&" + Encode(uri) + "&" + Encode(Normalize(params))
}

// Param is a decoded parameter of a request.
type Param struct{ Name, Value string }

// Normalize returns the parameters in the form of RFC 5849, section 3.4.1.3.2: encoded,
// sorted by name, then by value, and without the signature.
func Normalize(params []Param) string {
	encoded := make([]Param, 0, len(params))
	for _, p := range params {
		if p.Name != "oauth_signature" {
			encoded = append(encoded, Param{Encode(p.Name), Encode(p.Value)})
		}
	}
	slices.SortFunc(encoded, func(a, b Param) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value))
	})
	var b strings.Builder
	for i, p := range encoded {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.Name + "=" + p.Value)
	}
	return b.String()
}

// Sign returns the signature of a base string (RFC 5849, section 3.4.2). The token
// secret is empty for a request without a token.
func Sign(method func() hash.Hash, base, consumerSecret, tokenSecret string) string {
	mac := hmac.New(method, []byte(Encode(consumerSecret)+"&"+Encode(tokenSecret)))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
