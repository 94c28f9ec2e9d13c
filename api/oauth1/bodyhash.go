package oauth1

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"

	"marquee/api/oauth1/signature"
	"marquee/storage"
)

// BodyTooLarge reports that a body has more bytes than the request may have.
type BodyTooLarge struct{ Limit int }

// Error describes the error.
func (e *BodyTooLarge) Error() string {
	return fmt.Sprintf("the body is larger than %d bytes", e.Limit)
}

// MaxBody bounds a body that is hashed, in bytes, unless LimitBody sets another bound.
const MaxBody = 1 << 20

// LimitBody bounds the body if it is hashed.
func (m *Message) LimitBody(bytes int) { m.maxBody = bytes }

// checkBody compares the parameter oauth_body_hash, if it is sent, with the body: the
// extension "OAuth Request Body Hash" signs bodies that are not forms. The hash is that of
// the signature method. A request without a body has the hash of an empty one.
func (m *Message) checkBody() error {
	sent, given := m.protocol["oauth_body_hash"]
	if !given {
		return nil
	}
	if m.isForm {
		return NewRefusal(ParameterRejected, "oauth_body_hash must not be sent with a form, whose parameters are signed themselves")
	}
	text, err := peekBody(m.request, m.maxBody)
	if err != nil {
		return err
	}
	h := signature.Methods[m.protocol["oauth_signature_method"]]()
	h.Write(text)
	if want := base64.StdEncoding.EncodeToString(h.Sum(nil)); sent != want {
		return NewRefusal(BodyHashInvalid, "oauth_body_hash is not the hash of the body, which is %s; hash the body as it is sent, with the hash of oauth_signature_method", want)
	}
	return nil
}

// peekBody reads a body that can be read again.
func peekBody(r *http.Request, limit int) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	if r.ContentLength > int64(limit) {
		return nil, &BodyTooLarge{limit}
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil {
		return nil, &storage.Error{Code: storage.Invalid, Detail: "the body could not be read completely; send it again", Err: err}
	}
	if len(text) > limit {
		return nil, &BodyTooLarge{limit}
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(text), r.Body}
	return text, nil
}
