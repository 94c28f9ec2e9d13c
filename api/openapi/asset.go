package openapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"marquee/api/problem"
	"marquee/cache/condition"
)

// assetLifetime lets browsers cache the document and the page for a visit. They
// change only with a release; after five minutes a browser revalidates them.
const assetLifetime = "public, max-age=300"

// asset is a file, plain and gzipped.
type asset struct {
	media           string
	plain, gzipped  []byte
	tag, gzippedTag string
}

// newAsset returns an asset. One of plain and gzipped may be nil.
func newAsset(media string, plain, gzipped []byte) *asset {
	if plain == nil {
		plain = unzip(gzipped)
	}
	if gzipped == nil {
		gzipped = zip(plain)
	}
	sum := sha256.Sum256(plain)
	hash := hex.EncodeToString(sum[:8])
	return &asset{media: media, plain: plain, gzipped: gzipped, tag: `"` + hash + `"`, gzippedTag: `"` + hash + `-gzip"`}
}

// serve answers GET and HEAD, with 304 if the client has the file. It ignores Range, as
// RFC 9110, section 14.2 allows.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	header, data, tag := w.Header(), a.plain, a.tag
	if takesGzip(r) {
		data, tag = a.gzipped, a.gzippedTag
	}
	outcome := condition.OfRead(r.Header, tag, "")
	if outcome == condition.Failed {
		refuse(w, problem.New(problem.PreconditionFailed, "the file has another ETag than If-Match names; read it without this header"))
		return
	}
	header.Set("Cache-Control", assetLifetime)
	header.Set("Etag", tag)
	header.Set("Vary", "Accept-Encoding")
	header.Set("X-Content-Type-Options", "nosniff")
	if outcome == condition.NotModified {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", a.media)
	header.Set("Content-Length", strconv.Itoa(len(data)))
	if tag == a.gzippedTag {
		header.Set("Content-Encoding", "gzip")
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // fails only when the client has left
	}
}

// takesGzip reports whether the client accepts gzip.
func takesGzip(r *http.Request) bool {
	for item := range strings.SplitSeq(strings.Join(r.Header["Accept-Encoding"], ","), ",") {
		coding, weight, _ := strings.Cut(strings.ReplaceAll(item, " ", ""), ";")
		if strings.EqualFold(coding, "gzip") {
			return strings.Trim(weight, "q=0.") != "" || weight == ""
		}
	}
	return false
}

func zip(plain []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(plain)                                 // a buffer accepts everything
	_ = w.Close()
	return b.Bytes()
}

// unzip unpacks an embedded file, and panics if it is damaged.
func unzip(gzipped []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(gzipped))
	if err == nil {
		var plain []byte
		if plain, err = io.ReadAll(r); err == nil {
			return plain
		}
	}
	panic(fmt.Sprintf("openapi: an embedded file is damaged: %v", err))
}
