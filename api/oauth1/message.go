package oauth1

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"marquee/api/oauth1/signature"
	"marquee/storage"
)

// Message is the part of a request that is signed.
type Message struct {
	method string
	// uri is the base string URI.
	uri string
	// params are all parameters: of the header, the query and a form.
	params []signature.Param
	// protocol are those whose names begin with oauth_.
	protocol map[string]string
}

// isProtocol reports whether a parameter belongs to the protocol: all names
// with the prefix do (RFC 5849, section 3.5).
func isProtocol(p signature.Param) bool { return strings.HasPrefix(p.Name, "oauth_") }

// Open takes a request apart. Its path is the one on the wire behind the public
// origin; the header Host is anybody's to write and takes no part.
func (v *Verifier) Open(r *http.Request) (*Message, error) {
	path, query := target(r)
	header, err := headerParams(r.Header["Authorization"])
	if err != nil {
		return nil, err
	}
	inQuery, err := formParams(query, func(name string) storage.Fault { return storage.Fault{Parameter: name} })
	if err != nil {
		return nil, err
	}
	form, err := bodyParams(r)
	if err != nil {
		return nil, err
	}
	switch {
	case slices.ContainsFunc(form, isProtocol):
		return nil, NewRefusal(ParameterRejected, "protocol parameters belong in the header Authorization or in the query, not in a body")
	case slices.ContainsFunc(header, isProtocol) && slices.ContainsFunc(inQuery, isProtocol):
		return nil, NewRefusal(ParameterRejected, "protocol parameters stand both in the header Authorization and in the query; one place is allowed")
	}
	m := &Message{method: r.Method, uri: v.origin + path, params: slices.Concat(header, inQuery, form)}
	return m, m.gather()
}

// gather fills protocol; each parameter may be given once (RFC 5849, section
// 3.1).
func (m *Message) gather() error {
	m.protocol = map[string]string{}
	for _, p := range m.params {
		if !isProtocol(p) {
			continue
		}
		if _, twice := m.protocol[p.Name]; twice {
			return NewRefusal(ParameterRejected, "%s is given more than once", storage.Excerpt(p.Name))
		}
		m.protocol[p.Name] = p.Value
	}
	return nil
}

// target is the path and the query of a request as they were sent. What has
// handled the request before may have rewritten its URL, never RequestURI.
func target(r *http.Request) (path, query string) {
	if !strings.HasPrefix(r.RequestURI, "/") { // the absolute form, for proxies, or a request that was not received
		return r.URL.EscapedPath(), r.URL.RawQuery
	}
	path, query, _ = strings.Cut(r.RequestURI, "?")
	return path, query
}

// headerParams are the parameters of the header Authorization, none when there
// is no header: then they are in the query.
func headerParams(values []string) ([]signature.Param, error) {
	if len(values) == 0 {
		return nil, nil
	}
	params, ok := cutScheme(values[0])
	switch {
	case len(values) > 1:
		return nil, NewRefusal(ParameterRejected, "the header Authorization is given more than once")
	case !ok:
		return nil, NewRefusal(ParameterRejected, "the query holds OAuth credentials, and the header Authorization others; one of them is allowed")
	}
	return parseHeader(params)
}

// formParams reads a query or a form (RFC 5849, section 3.4.1.3.1). A malformed
// escape is the fault of a parameter, not of the credentials; at says where.
func formParams(raw string, at func(name string) storage.Fault) ([]signature.Param, error) {
	var params []signature.Param
	for piece := range strings.SplitSeq(raw, "&") {
		if piece == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(piece, "=")
		name, err := url.QueryUnescape(rawName)
		value, errValue := url.QueryUnescape(rawValue)
		if err != nil || errValue != nil {
			f := at(storage.Excerpt(rawName))
			f.Value, f.Reason = storage.Excerpt(rawValue), "holds a malformed % escape"
			return nil, &storage.Error{Code: storage.Invalid, Detail: "a parameter is malformed", Faults: []storage.Fault{f}}
		}
		params = append(params, signature.Param{Name: name, Value: value})
	}
	return params, nil
}

// maxForm bounds a form in bytes, like the query.
const maxForm = 8 << 10

// bodyParams are the parameters of a form, which a client has signed if it sent
// one (RFC 5849, section 3.4.1.3.1). The body can be read again.
func bodyParams(r *http.Request) ([]signature.Param, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" || r.Body == nil {
		return nil, nil
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err != nil {
		return nil, &storage.Error{Code: storage.Invalid, Detail: "the body ends too early", Err: err}
	}
	if len(text) > maxForm {
		return nil, storage.Errorf(storage.Invalid, "a form may have at most %d bytes", maxForm)
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(text), r.Body}
	return formParams(string(text), func(name string) storage.Fault { return storage.Fault{Pointer: "/" + name} })
}

// ConsumerKey names the app that signs.
func (m *Message) ConsumerKey() string { return m.protocol["oauth_consumer_key"] }

// Token is the token that is sent, "" for none.
func (m *Message) Token() string { return m.protocol["oauth_token"] }

// Parameter returns a parameter of the protocol, "" for one that is missing.
func (m *Message) Parameter(name string) string { return m.protocol[name] }

// nonceKey names what must be unique (RFC 5849, section 3.3), as it is decoded:
// abc and %61bc are one nonce. Encoded, no part can hold the separator. The hash
// bounds what a store keeps, and tells it nothing.
func (m *Message) nonceKey() string {
	key := signature.Encode(m.ConsumerKey()) + "&" + signature.Encode(m.Token()) + "&" +
		signature.Encode(m.protocol["oauth_timestamp"]) + "&" + signature.Encode(m.protocol["oauth_nonce"])
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
