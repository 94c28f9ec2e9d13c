package forwarded_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"marquee/api/forwarded"
)

// trusted are the networks of proxies in the tests.
var trusted = []string{"10.0.0.0/8", "192.0.2.1", "2001:db8:ffff::/48", "::ffff:172.16.0.0/108"}

func proxies(t testing.TB, header string) *forwarded.Proxies {
	t.Helper()
	p, err := forwarded.NewProxies(trusted, header)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// clientOf returns the client of a request from peer with the lines of a header.
func clientOf(p *forwarded.Proxies, peer, header string, lines ...string) string {
	return p.Client(&http.Request{RemoteAddr: peer, Header: http.Header{header: lines}}).String()
}

func TestClientPeer(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, peer, want string }{
		{"untrusted", "198.51.100.9:1234", "198.51.100.9"},
		{"untrusted IPv6", "[2001:db8::9]:1234", "2001:db8::9"},
		{"no zone", "[fe80::1%eth0]:1234", "fe80::1"},
		{"mapped", "[::ffff:198.51.100.9]:1234", "198.51.100.9"},
		{"next to a trusted one", "192.0.2.2:1", "192.0.2.2"},
		{"trusted", "10.1.2.3:1", "203.0.113.7"},
		{"trusted address", "192.0.2.1:1", "203.0.113.7"},
		{"trusted, mapped", "[::ffff:10.1.2.3]:1", "203.0.113.7"},
		{"trusted by a mapped network", "172.31.0.1:1", "203.0.113.7"},
		{"outside of the mapped network", "172.32.0.1:1", "172.32.0.1"},
		{"trusted IPv6", "[2001:db8:ffff::1]:1", "203.0.113.7"},
		{"a Unix socket", "@", "invalid IP"},
		{"nothing", "", "invalid IP"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := clientOf(proxies(t, ""), test.peer, "X-Forwarded-For", "203.0.113.7"); got != test.want {
				t.Errorf("X-Forwarded-For: got %s, want %s", got, test.want)
			}
			if got := clientOf(proxies(t, "forwarded"), test.peer, "Forwarded", "for=203.0.113.7"); got != test.want {
				t.Errorf("Forwarded: got %s, want %s", got, test.want)
			}
		})
	}
	for _, nobody := range []*forwarded.Proxies{nil, {}} {
		if got := clientOf(nobody, "10.1.2.3:1", "X-Forwarded-For", "203.0.113.7"); got != "10.1.2.3" {
			t.Errorf("without trusted proxies: got %s, want 10.1.2.3", got)
		}
	}
}

func TestClientReadsOneHeader(t *testing.T) {
	t.Parallel()
	if got := clientOf(proxies(t, "X-Forwarded-For"), "10.0.0.1:1", "Forwarded", "for=203.0.113.7"); got != "10.0.0.1" {
		t.Errorf("Forwarded was read: got %s, want 10.0.0.1", got)
	}
	if got := clientOf(proxies(t, "Forwarded"), "10.0.0.1:1", "X-Forwarded-For", "203.0.113.7"); got != "10.0.0.1" {
		t.Errorf("X-Forwarded-For was read: got %s, want 10.0.0.1", got)
	}
}

func TestClientForwardedFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"no header", nil, "10.0.0.1"},
		{"empty", []string{""}, "10.0.0.1"},
		{"client", []string{"203.0.113.7"}, "203.0.113.7"},
		{"two proxies", []string{"203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
		{"made up before the client", []string{"1.2.3.4, 203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
		{"made up as a proxy", []string{"10.9.9.9, 203.0.113.7"}, "203.0.113.7"},
		{"lines in order", []string{"1.2.3.4", "203.0.113.7,10.0.0.2", "10.0.0.3"}, "203.0.113.7"},
		{"only proxies", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"white space", []string{"\t203.0.113.7 ,10.0.0.2\t"}, "203.0.113.7"},
		{"port", []string{"203.0.113.7:8080"}, "203.0.113.7"},
		{"IPv6", []string{"2001:db8::7"}, "2001:db8::7"},
		{"IPv6 in brackets", []string{"[2001:db8::7]"}, "2001:db8::7"},
		{"IPv6 with port", []string{"[2001:db8::7]:80"}, "2001:db8::7"},
		{"mapped", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		{"mapped proxy", []string{"203.0.113.7, ::ffff:10.0.0.2"}, "203.0.113.7"},
		{"text", []string{"203.0.113.7, what"}, "10.0.0.1"},
		{"text after a proxy", []string{"203.0.113.7, what, 10.0.0.2"}, "10.0.0.2"},
		{"text before the client", []string{"what, 203.0.113.7"}, "203.0.113.7"},
		{"an open quote before the client", []string{`", 203.0.113.7`}, "203.0.113.7"},
		{"empty element", []string{"203.0.113.7,,10.0.0.2"}, "10.0.0.2"},
		{"zone", []string{"fe80::1%eth0"}, "10.0.0.1"},
		{"leading zero", []string{"203.0.113.07"}, "10.0.0.1"},
		{"bad port", []string{"203.0.113.7:http"}, "10.0.0.1"},
		{"IPv4 in brackets", []string{"[203.0.113.7]"}, "10.0.0.1"},
		{"open bracket", []string{"[2001:db8::7"}, "10.0.0.1"},
		{"after the bracket", []string{"[2001:db8::7]x"}, "10.0.0.1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := clientOf(proxies(t, ""), "10.0.0.1:1", "X-Forwarded-For", test.lines...); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestClientForwarded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"client", []string{"for=203.0.113.7"}, "203.0.113.7"},
		{"any case, other pairs", []string{`proto=https;For=203.0.113.7;by=10.0.0.1`}, "203.0.113.7"},
		{"two proxies", []string{"for=203.0.113.7, for=10.0.0.2"}, "203.0.113.7"},
		{"lines", []string{"for=1.2.3.4", "for=203.0.113.7", "for=10.0.0.2"}, "203.0.113.7"},
		{"quoted", []string{`for="203.0.113.7:80"`}, "203.0.113.7"},
		{"IPv6", []string{`for="[2001:db8::7]"`}, "2001:db8::7"},
		{"IPv6 with port", []string{`for="[2001:db8::7]:4711"`}, "2001:db8::7"},
		{"hidden port", []string{`for="[2001:db8::7]:_p-1.x"`}, "2001:db8::7"},
		{"escaped", []string{`for="203.0.113\.7"`}, "203.0.113.7"},
		{"separators in quotes", []string{`for=203.0.113.7;ext="a,b;for=1.2.3.4"`}, "203.0.113.7"},
		{"quotes in quotes", []string{`for=203.0.113.7;ext="a\", for=1.2.3.4;\\"`}, "203.0.113.7"},
		{"an open quote before the client", []string{`for=", for=203.0.113.7`}, "203.0.113.7"},
		{"an open quote before a quoted client", []string{`for="x, for="[2001:db8::7]"`}, "2001:db8::7"},
		{"made up in the same element", []string{"for=1.2.3.4;for=203.0.113.7"}, "10.0.0.1"},
		{"unknown", []string{"for=203.0.113.7, for=unknown"}, "10.0.0.1"},
		{"hidden", []string{"for=203.0.113.7, for=_gazonk, for=10.0.0.2"}, "10.0.0.2"},
		{"nobody", []string{"for=203.0.113.7, proto=https"}, "10.0.0.1"},
		{"nothing", []string{"for="}, "10.0.0.1"},
		{"one quote", []string{`for="`}, "10.0.0.1"},
		{"space around the sign", []string{"for = 203.0.113.7"}, "10.0.0.1"},
		{"only an address", []string{"203.0.113.7"}, "10.0.0.1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := clientOf(proxies(t, "Forwarded"), "10.0.0.1:1", "Forwarded", test.lines...); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// FuzzClient checks that text which a client sends never changes the address that
// trusted proxies append for it, and has no effect without a trusted proxy.
func FuzzClient(f *testing.F) {
	for _, seed := range []string{"", "1.2.3.4", `for="`, `for="a\`, `",`, "for=10.0.0.2;", "[", "10.0.0.2,", `a="b\\\"`} {
		f.Add(seed)
	}
	honest := []struct{ header, client, chain string }{
		{"X-Forwarded-For", "203.0.113.7", "203.0.113.7, 10.0.0.2"},
		{"X-Forwarded-For", "2001:db8::7", "2001:db8::7"},
		{"Forwarded", "203.0.113.7", "for=203.0.113.7;proto=http"},
		{"Forwarded", "2001:db8::7", `for="[2001:db8::7]:80", by=10.0.0.3;for="10.0.0.2"`},
	}
	f.Fuzz(func(t *testing.T, sent string) {
		for _, h := range honest {
			p := proxies(t, h.header)
			for _, lines := range [][]string{{sent + ", " + h.chain}, {sent, h.chain}} {
				if got := clientOf(p, "10.0.0.1:1", h.header, lines...); got != h.client {
					t.Errorf("%s %q: got %s, want %s", h.header, lines, got, h.client)
				}
			}
			if got := clientOf(p, "203.0.113.9:1", h.header, sent); got != "203.0.113.9" {
				t.Errorf("%s %q without a proxy: got %s, want 203.0.113.9", h.header, sent, got)
			}
			a := p.Client(&http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{h.header: {sent}}})
			if !a.IsValid() || a.Zone() != "" || a.Is4In6() {
				t.Errorf("%s %q: got %s, want a plain address", h.header, sent, a)
			}
		}
	})
}

func TestNewProxiesRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ network, header, says string }{
		{"10.0.0.0/33", "", "10.0.0.0/33"},
		{"proxy.example", "", "proxy.example"},
		{"", "", "trusted proxies"},
		{"::ffff:0:0/90", "", "::ffff:0:0/90"},
		{"10.0.0.0/8", "X-Real-Ip", "X-Forwarded-For, Forwarded"},
	}
	for _, test := range tests {
		if p, err := forwarded.NewProxies([]string{test.network}, test.header); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("NewProxies(%q, %q): got %v, %v; want an error with %q", test.network, test.header, p, err, test.says)
		}
	}
}

func TestLimitKey(t *testing.T) {
	t.Parallel()
	tests := []struct{ address, want string }{
		{"203.0.113.7", "203.0.113.7"},
		{"::ffff:203.0.113.7", "203.0.113.7"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"2001:db8:1:2:ffff::", "2001:db8:1:2::/64"},
		{"2001:db8:1:3::1", "2001:db8:1:3::/64"},
		{"fe80::1%eth0", "fe80::/64"},
	}
	for _, test := range tests {
		if got := forwarded.LimitKey(netip.MustParseAddr(test.address)); got != test.want {
			t.Errorf("LimitKey(%s): got %s, want %s", test.address, got, test.want)
		}
	}
	if got := forwarded.LimitKey(netip.Addr{}); got != "invalid IP" {
		t.Errorf("LimitKey of no address: got %s, want invalid IP", got)
	}
}
