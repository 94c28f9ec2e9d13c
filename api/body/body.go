// Package body reads the bodies of requests: JSON in the envelope of the API, with
// a fault for everything that a client may not have meant.
package body

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"marquee/api/problem"
	"marquee/storage"
)

// Format is a format of request bodies.
type Format struct {
	// Media is the media type.
	Media string
	// MaxBytes bounds a body.
	MaxBytes int
}

// The formats.
var (
	JSON  = &Format{"application/json", 1 << 20}
	Lines = &Format{"application/x-ndjson", 8 << 20}
)

// Read reads the body of a request. It returns nil without a body. The error is the
// problem to answer with.
func (f *Format) Read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	switch {
	case r.ContentLength == 0:
		return nil, nil
	case r.ContentLength > int64(f.MaxBytes):
		return nil, problem.TooLarge(f.MaxBytes)
	}
	if err := f.checkType(r.Header); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(f.MaxBytes)))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, problem.TooLarge(f.MaxBytes)
	}
	if err != nil {
		p := problem.New(problem.InvalidBody, "the body could not be read completely; send it again")
		p.Cause = err
		return nil, p
	}
	return data, nil
}

// checkType accepts the format in UTF-8 without a content encoding.
func (f *Format) checkType(header http.Header) error {
	for _, coding := range header["Content-Encoding"] {
		if !strings.EqualFold(strings.TrimSpace(coding), "identity") {
			p := problem.New(problem.UnsupportedMediaType, "the content encoding %q is not supported; send the body without encoding", storage.Excerpt(coding))
			p.Header = http.Header{"Accept-Encoding": {"identity"}}
			return p
		}
	}
	value := strings.Join(header["Content-Type"], ", ")
	media, parameters, err := mime.ParseMediaType(value)
	charset := parameters["charset"]
	switch {
	case value == "":
		return problem.New(problem.UnsupportedMediaType, "the body needs Content-Type: %s", f.Media)
	case err != nil || media != f.Media:
		return problem.New(problem.UnsupportedMediaType, "the content type %q is not supported; send %s", storage.Excerpt(value), f.Media)
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		return problem.New(problem.UnsupportedMediaType, "the charset %q is not supported; send UTF-8", storage.Excerpt(charset))
	}
	return nil
}
