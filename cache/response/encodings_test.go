package response

import (
	"net/http"
	"strings"
	"testing"

	"marquee/cache/encoding"
)

func TestChooseTakesThePlainBodyIfNoneIsSmaller(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("film ", 100)
	random := string(encoding.Encode(encoding.Brotli, []byte(strings.Repeat("The quick brown fox. ", 3)+"0f9a8e7d6c5b4a39281706f5e4d3c2b1")))
	for _, c := range []struct {
		name, body, accept, encoding string
	}{
		{"long", long, "gzip", "gzip"},
		{"short", "film", "gzip", ""},
		{"short, plain refused", "film", "gzip, identity;q=0", "gzip"},
		{"does not shrink", random, "gzip", ""},
		{"empty", "", "gzip, identity;q=0", ""},
	} {
		p := New(http.StatusOK, http.Header{"Etag": {`"1-a"`}}, []byte(c.body))
		f, _ := p.choose([]string{c.accept})
		got := strings.Join(f.encoding, "")
		if got != c.encoding {
			t.Errorf("%s: got encoding %q, want %q", c.name, got, c.encoding)
		}
		tag := `"1-a"`
		if c.encoding != "" {
			tag = `"1-a-` + c.encoding + `"`
		}
		if f.tag[0] != tag {
			t.Errorf("%s: got tag %s, want %s", c.name, f.tag[0], tag)
		}
	}
	if p := New(http.StatusOK, http.Header{"Content-Encoding": {"gzip"}}, []byte(long)); p.encodable() {
		t.Error("an encoded body is encoded again")
	}
}
