package openapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// assetLifetime: the document and the page change with a release only, and the
// entity tag tells; five minutes spare the questions of one visit.
const assetLifetime = "public, max-age=300"

// asset is a file in both of its encodings, made once.
type asset struct {
	media           string
	plain, gzipped  []byte
	tag, gzippedTag string
}

// newAsset makes an asset; one of the two encodings may be nil.
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

// serve answers GET and HEAD, with 304 where the client has it.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	header, data, tag := w.Header(), a.plain, a.tag
	if takesGzip(r) {
		data, tag = a.gzipped, a.gzippedTag
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("Content-Type", a.media)
	header.Set("Cache-Control", assetLifetime)
	header.Set("Etag", tag)
	header.Set("Vary", "Accept-Encoding")
	header.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// takesGzip reports whether the client said that it takes gzip.
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
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	_, _ = w.Write(plain)                                 // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// unzip panics on what is not gzip: it only reads files that are part of the
// program.
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
