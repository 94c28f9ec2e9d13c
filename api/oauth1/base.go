package oauth1

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

// signatureMethods are those that are taken. SHA-1 is no longer collision-free,
// but in an HMAC that is no weakness (RFC 6194, section 3.3), and most clients
// know nothing else.
var signatureMethods = map[string]func() hash.Hash{
	"HMAC-SHA1":   sha1.New,
	"HMAC-SHA256": sha256.New,
}

// publicOrigin is what a base string URI begins with, in the form of RFC 5849,
// section 3.4.1.2: lower case, without the scheme's default port. A path stays:
// it is what a proxy takes off before a request comes here.
func publicOrigin(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := u.Port(); port == "" || scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/")
}

// baseString is the text that is signed (RFC 5849, section 3.4.1.1): the method,
// the URI without its query, and all parameters but the signature.
func baseString(method, uri string, params []param) string {
	return encode(strings.ToUpper(method)) + "&" + encode(uri) + "&" + encode(normalize(params))
}

// normalize writes parameters in the form of RFC 5849, section 3.4.1.3.2: sorted
// by name, then by value, both encoded.
func normalize(params []param) string {
	encoded := make([]param, 0, len(params))
	for _, p := range params {
		if p.name != "oauth_signature" {
			encoded = append(encoded, param{encode(p.name), encode(p.value)})
		}
	}
	slices.SortFunc(encoded, func(a, b param) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.value, b.value))
	})
	var b strings.Builder
	for i, p := range encoded {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return b.String()
}

// sign makes the signature of a base string (RFC 5849, section 3.4.2). The token
// secret is empty for a request without a token.
func sign(method func() hash.Hash, base, consumerSecret, tokenSecret string) string {
	mac := hmac.New(method, []byte(encode(consumerSecret)+"&"+encode(tokenSecret)))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
