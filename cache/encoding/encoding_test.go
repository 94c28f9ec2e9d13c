package encoding

import (
	"bytes"
	"io"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

// decompress decodes a body, and fails the test unless it is one whole stream.
func decompress(t interface{ Fatal(...any) }, e Encoding, body []byte) string {
	var r io.Reader
	switch e {
	case Brotli:
		r = brotli.NewReader(bytes.NewReader(body))
	case Zstd:
		d, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		r = d
	default:
		d, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r = d
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every encoding decodes to the body, and has the same bytes each time, as a strong
// entity tag requires.
func TestEncode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		body := bytes.Repeat(rapid.SliceOf(rapid.Byte()).Draw(t, "body"), rapid.IntRange(1, 50).Draw(t, "times"))
		for e := range Encoding(Count) {
			encoded := Encode(e, body)
			if decompress(t, e, encoded) != string(body) {
				t.Fatalf("%s: decodes to another body", e)
			}
			if !bytes.Equal(Encode(e, body), encoded) {
				t.Fatalf("%s: the second encoding differs", e)
			}
		}
	})
}
