package encoding

import "testing"

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accept string
		best   Encoding
		plain  bool
	}{
		{"", Identity, true},
		{"gzip", Gzip, true},
		{"x-gzip", Gzip, true},
		{"GZip", Gzip, true},
		{"gzip, deflate, br, zstd", Brotli, true},
		{"gzip, zstd", Zstd, true},
		{"*", Brotli, true},
		{"gzip;q=1, *;q=0.5", Gzip, true},
		{"gzip;q=0.5, br;q=0.4", Gzip, true},
		{"gzip ; q=0.5 , br;Q=0.501", Brotli, true},
		{"br;q=0, *", Zstd, true},
		{"identity", Identity, true},
		{"identity, gzip", Gzip, true}, // equal weights: fewer bytes
		{"identity;q=0.6, gzip;q=0.5", Identity, true},
		{"identity;q=0, gzip", Gzip, false},
		{"gzip, *;q=0", Gzip, false},
		{"*;q=0", Identity, false},
		{"deflate", Identity, true},
		{"gzip;q=0", Identity, true},
		{"gzip;q=2", Identity, true}, // malformed weights are ignored
		{"gzip;q=1.001", Identity, true},
		{"gzip;q=0.0001", Identity, true},
		{"gzip;q=", Identity, true},
		{"gzip;q=-1", Identity, true},
		{"gzip;level=1", Identity, true},
		{",, ,gzip,", Gzip, true},
	} {
		best, plain := Negotiate([]string{c.accept})
		if best != c.best || plain != c.plain {
			t.Errorf("%q: got %s, plain %v; want %s, %v", c.accept, best, plain, c.best, c.plain)
		}
	}
	if best, _ := Negotiate([]string{"gzip;q=0.2", "zstd;q=0.3"}); best != Zstd {
		t.Errorf("two lines: got %s, want %s", best, Zstd)
	}
}

func FuzzNegotiate(f *testing.F) {
	for _, seed := range []string{"gzip, deflate, br;q=0.5", "*;q=0", "identity;q=0.001,,", "gzip;q=1.000;x", ";q=", "q=0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		best, _ := Negotiate([]string{accept})
		if int(best) >= len(names) {
			t.Errorf("%q: got encoding %d, want one of %d", accept, best, len(names))
		}
	})
}
