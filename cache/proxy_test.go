package cache

import (
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// startProxy starts a proxy between a process and its Redis.
func startProxy(t *testing.T, upstream string) *toxiproxy.Proxy {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(server, t.Name(), "127.0.0.1:0", upstream)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// poisoned is a fault of the connections, in JSON of toxiproxy's API.
func poisoned(name, toxic string) fault {
	return fault{name: name, begin: func(t *testing.T, f *faulty) {
		t.Helper()
		if _, err := f.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			t.Fatal(err)
		}
	}, recover: func(t *testing.T, f *faulty) {
		t.Helper()
		f.proxy.Toxics.ResetToxics(t.Context())
	}}
}
