package oauth1

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
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
	// path is the path as sent. The base string URI is an origin with this path.
	path string
	// params are the parameters of the header, the query and a form.
	params []signature.Param
	// protocol has the parameters whose names begin with oauth_.
	protocol map[string]string
	request  *http.Request
	isForm   bool
	// maxBody bounds the body if it is hashed.
	maxBody int
}

// isProtocol reports whether a parameter is a protocol parameter (RFC 5849, section
// 3.5).
func isProtocol(p signature.Param) bool { return strings.HasPrefix(p.Name, "oauth_") }

// Open returns the message of a request. Its URI is a public origin with the path as
// sent. It returns a *Refusal for malformed credentials, and an error of code Invalid for
// a malformed query or form. The header Host is not used, because any client can set it.
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
		return nil, NewRefusal(ParameterRejected, "protocol parameters must be in the header Authorization or in the query, not in a body")
	case slices.ContainsFunc(header, isProtocol) && slices.ContainsFunc(inQuery, isProtocol):
		return nil, NewRefusal(ParameterRejected, "protocol parameters are in the header Authorization and in the query; use one of them")
	}
	m := &Message{method: r.Method, path: path, params: slices.Concat(header, inQuery, form), request: r, isForm: isForm(r), maxBody: MaxBody}
	return m, m.gather()
}

// gather fills protocol. Each protocol parameter must be sent only once (RFC 5849,
// section 3.1).
func (m *Message) gather() error {
	m.protocol = map[string]string{}
	for _, p := range m.params {
		if !isProtocol(p) {
			continue
		}
		if _, twice := m.protocol[p.Name]; twice {
			return NewRefusal(ParameterRejected, "%s is sent more than once", storage.Excerpt(p.Name))
		}
		m.protocol[p.Name] = p.Value
	}
	return nil
}

// target returns the path and the query of a request as sent. Other handlers may have
// changed the URL of the request, but never RequestURI.
func target(r *http.Request) (path, query string) {
	if !strings.HasPrefix(r.RequestURI, "/") { // the absolute form, for proxies, or a request that was not received
		return r.URL.EscapedPath(), r.URL.RawQuery
	}
	path, query, _ = strings.Cut(r.RequestURI, "?")
	return path, query
}

// headerParams returns the parameters of the header Authorization, none without the
// header.
func headerParams(values []string) ([]signature.Param, error) {
	if len(values) == 0 {
		return nil, nil
	}
	params, ok := cutScheme(values[0])
	switch {
	case len(values) > 1:
		return nil, NewRefusal(ParameterRejected, "the header Authorization is sent more than once")
	case !ok:
		return nil, NewRefusal(ParameterRejected, "the query has OAuth credentials, and the header Authorization has others; send one of them")
	}
	return parseHeader(params)
}

// formParams returns the parameters of a query or a form (RFC 5849, section 3.4.1.3.1).
// A malformed escape is a fault of a parameter, not of the credentials; at returns a
// fault with the place of the parameter.
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
			f.Value, f.Reason = storage.Excerpt(rawValue), "has a malformed % escape"
			return nil, &storage.Error{Code: storage.Invalid, Detail: "a parameter is malformed", Faults: []storage.Fault{f}}
		}
		params = append(params, signature.Param{Name: name, Value: value})
	}
	return params, nil
}

// maxForm bounds a form, in bytes. The query has the same bound.
const maxForm = 8 << 10

// bodyParams returns the parameters of a form, which are signed, too (RFC 5849, section
// 3.4.1.3.1). The body can be read again.
func bodyParams(r *http.Request) ([]signature.Param, error) {
	if !isForm(r) {
		return nil, nil
	}
	text, err := peekBody(r, maxForm)
	if _, large := errors.AsType[*BodyTooLarge](err); large {
		return nil, storage.Errorf(storage.Invalid, "a form may have at most %d bytes", maxForm)
	}
	if err != nil {
		return nil, err
	}
	return formParams(string(text), func(name string) storage.Fault { return storage.Fault{Pointer: "/" + name} })
}

func isForm(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/x-www-form-urlencoded"
}

// ConsumerKey returns the consumer key of the app that signs.
func (m *Message) ConsumerKey() string { return m.protocol["oauth_consumer_key"] }

// Token returns the token, "" for none.
func (m *Message) Token() string { return m.protocol["oauth_token"] }

// Parameter returns a protocol parameter, "" if it is missing.
func (m *Message) Parameter(name string) string { return m.protocol[name] }

// nonceKey returns the key for what must be unique (RFC 5849, section 3.3). It is made
// of decoded parameters, since abc and %61bc are the same nonce, which are encoded
// again, so that no part contains the separator. The hash bounds the length of the key
// and hides the token from the store.
func (m *Message) nonceKey() string {
	key := signature.Encode(m.ConsumerKey()) + "&" + signature.Encode(m.Token()) + "&" +
		signature.Encode(m.protocol["oauth_timestamp"]) + "&" + signature.Encode(m.protocol["oauth_nonce"])
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
