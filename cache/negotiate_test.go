package cache

import (
	"net/http"
	"strings"
	"testing"
)

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accept string
		best   coding
		plain  bool
	}{
		{"", identityCoding, true},
		{"gzip", gzipCoding, true},
		{"x-gzip", gzipCoding, true},
		{"GZip", gzipCoding, true},
		{"gzip, deflate, br, zstd", brotliCoding, true},
		{"gzip, zstd", zstdCoding, true},
		{"*", brotliCoding, true},
		{"gzip;q=1, *;q=0.5", gzipCoding, true},
		{"gzip;q=0.5, br;q=0.4", gzipCoding, true},
		{"gzip ; q=0.5 , br;Q=0.501", brotliCoding, true},
		{"br;q=0, *", zstdCoding, true},
		{"identity", identityCoding, true},
		{"identity, gzip", gzipCoding, true}, // equal weights: fewer bytes
		{"identity;q=0.6, gzip;q=0.5", identityCoding, true},
		{"identity;q=0, gzip", gzipCoding, false},
		{"gzip, *;q=0", gzipCoding, false},
		{"*;q=0", identityCoding, false},
		{"deflate", identityCoding, true},
		{"gzip;q=0", identityCoding, true},
		{"gzip;q=2", identityCoding, true}, // malformed weights are not taken
		{"gzip;q=1.001", identityCoding, true},
		{"gzip;q=0.0001", identityCoding, true},
		{"gzip;q=", identityCoding, true},
		{"gzip;q=-1", identityCoding, true},
		{"gzip;level=1", identityCoding, true},
		{",, ,gzip,", gzipCoding, true},
	} {
		best, plain := negotiate([]string{c.accept})
		if best != c.best || plain != c.plain {
			t.Errorf("%q: %s, plain %v; want %s, %v", c.accept, codingNames[best], plain, codingNames[c.best], c.plain)
		}
	}
	if best, _ := negotiate([]string{"gzip;q=0.2", "zstd;q=0.3"}); best != zstdCoding {
		t.Errorf("two lines: %s", codingNames[best])
	}
}

func TestChooseSendsPlainWhatDoesNotShrink(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("film ", 100)
	random := string(encode(brotliCoding, []byte(strings.Repeat("The quick brown fox. ", 3)+"0f9a8e7d6c5b4a39281706f5e4d3c2b1")))
	for _, c := range []struct {
		name, body, accept, coding string
	}{
		{"long", long, "gzip", "gzip"},
		{"short", "film", "gzip", ""},
		{"short, plain refused", "film", "gzip, identity;q=0", "gzip"},
		{"does not shrink", random, "gzip", ""},
		{"empty", "", "gzip, identity;q=0", ""},
	} {
		p := newResponse(http.StatusOK, http.Header{"Etag": {`"1-a"`}}, []byte(c.body))
		f, _ := p.choose([]string{c.accept})
		got := strings.Join(f.coding, "")
		if got != c.coding {
			t.Errorf("%s: coding %q, want %q", c.name, got, c.coding)
		}
		tag := `"1-a"`
		if c.coding != "" {
			tag = `"1-a-` + c.coding + `"`
		}
		if f.tag[0] != tag {
			t.Errorf("%s: tag %s, want %s", c.name, f.tag[0], tag)
		}
	}
	if p := newResponse(http.StatusOK, http.Header{"Content-Encoding": {"gzip"}}, []byte(long)); p.encodable() {
		t.Error("what is encoded would be encoded again")
	}
}

func FuzzNegotiate(f *testing.F) {
	for _, seed := range []string{"gzip, deflate, br;q=0.5", "*;q=0", "identity;q=0.001,,", "gzip;q=1.000;x", ";q=", "q=0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		best, _ := negotiate([]string{accept})
		if int(best) >= len(codingNames) {
			t.Errorf("%q: coding %d", accept, best)
		}
	})
}
