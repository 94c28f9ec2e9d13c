package gateway

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// dial connects over TLS, until the test ends.
func dial(t *testing.T, g *Gateway) net.Conn {
	t.Helper()
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: g.Roots}}
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(g.URL, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// raw sends bytes as they are, and reads the answer.
func raw(t *testing.T, g *Gateway, text string) *reply {
	t.Helper()
	conn := dial(t, g)
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &reply{Response: response, body: string(body)}
}

// What no request of the API can be is refused before a process is asked, in the
// form of the API's own errors.
func TestBadRequestsStopHere(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "asked"))
	g := Start(t, Config{Programs: []string{o.address()}})
	request := func(method, target, headers, body string) string {
		return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n%s", method, target, headers, body)
	}
	for _, c := range []struct {
		name, request string
		status        int
		kind          string
	}{
		{"unknown method", request("PATCH", "/2.0/movies/1", "", ""), 405, "/problems/method-not-allowed"},
		{"TRACE", request("TRACE", "/2.0/movies", "", ""), 405, "/problems/method-not-allowed"},
		{"unknown path", request("GET", "/metrics", "", ""), 404, "/problems/not-found"},
		{"path that only begins like ours", request("GET", "/2.0.1/movies", "", ""), 404, "/problems/not-found"},
		{"long query", request("GET", "/2.0/movies?q="+strings.Repeat("a", 9<<10), "", ""), 414, "/problems/query-too-long"},
		{"long header", request("GET", "/2.0/movies", "X-Long: "+strings.Repeat("a", 9<<10)+"\r\n", ""), 431, "about:blank"},
		{"many headers", request("GET", "/2.0/movies", strings.Repeat("X-Long: "+strings.Repeat("a", 8<<10)+"\r\n", 5), ""), 431, "about:blank"},
		{"large body", request("POST", "/2.0/movies", "Content-Length: 1048577\r\n", ""), 413, "/problems/body-too-large"},
		{"bad method", request("G\x01T", "/2.0/movies", "", ""), 400, "about:blank"},
		{"two lengths", request("POST", "/2.0/movies", "Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), 400, "about:blank"},
		{"length and chunks", request("POST", "/2.0/movies", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, "about:blank"},
		{"no host", "GET /2.0/movies HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "about:blank"},
		{"no host in HTTP/1.0", "GET /2.0/movies HTTP/1.0\r\n\r\n", 400, "about:blank"},
		{"no host in HTTP/1.0 for a token", "POST /oauth/request_token HTTP/1.0\r\n\r\n", 400, "about:blank"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := raw(t, g, c.request)
			var p struct {
				Meta struct {
					RequestID string `json:"request_id"`
				}
				Type   string
				Status int
				Detail string
			}
			if err := json.Unmarshal([]byte(r.body), &p); err != nil {
				t.Fatalf("%d %s: %v", r.StatusCode, r.body, err)
			}
			if r.StatusCode != c.status || p.Status != c.status || p.Type != c.kind || p.Detail == "" {
				t.Errorf("got %d %s, want %d %s", r.StatusCode, r.body, c.status, c.kind)
			}
			if id := r.Header.Get("X-Request-Id"); id == "" || id != p.Meta.RequestID {
				t.Errorf("request id %q in the header, %q in the body", id, p.Meta.RequestID)
			}
			if kind, kept := r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"); kind != "application/problem+json" || kept != "no-store" {
				t.Errorf("Content-Type %q, Cache-Control %q", kind, kept)
			}
			if allow := r.Header.Get("Allow"); (allow != "") != (c.status == 405) {
				t.Errorf("Allow %q with status %d", allow, c.status)
			}
		})
	}
	client := g.Client(t, nil)
	if r := send(t, client, http.MethodPost, g.URL+"/2.0/movies", strings.Repeat("a", 1<<20+1)); r.StatusCode != http.StatusRequestEntityTooLarge || r.ProtoMajor != 2 {
		t.Errorf("a large body over HTTP/2: %s %d %s", r.Proto, r.StatusCode, r.body)
	}
	if n := len(o.requests()); n != 0 {
		t.Errorf("the process was asked %d times", n)
	}
	largest := send(t, client, http.MethodPost, g.URL+"/2.0/movies", strings.Repeat("a", 1<<20))
	if largest.StatusCode != http.StatusOK {
		t.Errorf("a body of a mebibyte, which the API takes: %d %s", largest.StatusCode, largest.body)
	}
	longest := get(t, client, g.URL+"/2.0/movies?q="+strings.Repeat("a", 8<<10-2))
	if longest.StatusCode != http.StatusOK {
		t.Errorf("a query of 8 KiB, which the API takes: %d %s", longest.StatusCode, longest.body)
	}
}

// Who sends its headers slower than any client has to is cut off.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "asked"))
	g := Start(t, Config{Programs: []string{o.address()}})
	conn := dial(t, g)
	if _, err := io.WriteString(conn, "GET /2.0/movies HTTP/1.1\r\nHost: loc"); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("still connected after %s: %d, %v", patience, n, err)
	}
	if n := len(o.requests()); n != 0 {
		t.Errorf("the process was asked %d times", n)
	}
}

// An address that asks too often is told so; others are not kept waiting.
func TestThrottling(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "asked"))
	g := Start(t, Config{Programs: []string{o.address()}})
	flood, other := g.Client(t, nil), g.Client(t, from("127.0.0.9"))
	refused := untilRefused(t, func() *reply { return get(t, flood, g.URL+"/2.0/movies") })
	if refused.Header.Get("Retry-After") != "1" || !strings.Contains(refused.body, "/problems/too-many-requests") {
		t.Errorf("got %v %s", refused.Header, refused.body)
	}
	if r := get(t, other, g.URL+"/2.0/movies"); r.StatusCode != http.StatusOK {
		t.Errorf("another address: %d", r.StatusCode)
	}
}

// One host with many IPv6 addresses is one client; the network beside it is
// another. What a client writes before the proxies that are trusted counts for
// nothing.
func TestThrottlingByNetwork(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "asked"))
	g := Start(t, Config{Programs: []string{o.address()}, Before: []string{"127.0.0.1", "192.0.2.0/24"}})
	client := g.Client(t, nil)
	ask := func(address string) *reply {
		return get(t, client, g.URL+"/2.0/movies", "X-Forwarded-For", "203.0.113.7, "+address+", 192.0.2.1")
	}
	var hosts atomic.Int64
	untilRefused(t, func() *reply { return ask(fmt.Sprintf("2001:db8::%x", hosts.Add(1))) })
	for _, address := range []string{"2001:db8:0:1::1", "198.51.100.1"} {
		if r := ask(address); r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", address, r.StatusCode)
		}
	}
}

// untilRefused asks from 32 goroutines, which is faster than 100 requests a second
// on the slowest of machines, and returns the first answer that is a 429.
func untilRefused(t *testing.T, ask func() *reply) *reply {
	t.Helper()
	var asked atomic.Int64
	var refused atomic.Pointer[reply]
	var askers sync.WaitGroup
	for range 32 {
		askers.Go(func() {
			for refused.Load() == nil && asked.Add(1) <= 20000 { // at 100 a second and 200 at once, minutes' worth
				if r := ask(); r.StatusCode == http.StatusTooManyRequests {
					refused.CompareAndSwap(nil, r)
				}
			}
		})
	}
	askers.Wait()
	if refused.Load() == nil {
		t.Fatal("never refused")
	}
	return refused.Load()
}

// from makes connections from another address of this machine.
func from(address string) func(*http.Transport) {
	local := net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 0))
	return func(transport *http.Transport) {
		transport.DialContext = (&net.Dialer{LocalAddr: local}).DialContext
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "asked"))
	g := Start(t, Config{Programs: []string{o.address()}})
	address := strings.TrimPrefix(g.URL, "https://")
	for _, c := range []struct {
		name    string
		version uint16
		taken   bool
	}{{"1.0", tls.VersionTLS10, false}, {"1.1", tls.VersionTLS11, false}, {"1.2", tls.VersionTLS12, true}, {"1.3", tls.VersionTLS13, true}} {
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: g.Roots, MinVersion: c.version, MaxVersion: c.version}}
		conn, err := dialer.DialContext(t.Context(), "tcp", address)
		if err == nil {
			conn.Close()
		}
		if (err == nil) != c.taken {
			t.Errorf("TLS %s: %v", c.name, err)
		}
	}
	r := get(t, g.Client(t, nil), g.URL+"/2.0/movies")
	if r.ProtoMajor != 2 || r.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("got %s %v", r.Proto, r.Header)
	}
	r = get(t, g.Client(t, nil), g.PlainURL+"/2.0/movies?sort=title")
	if where := r.Header.Get("Location"); r.StatusCode != http.StatusPermanentRedirect || where != "https://127.0.0.1/2.0/movies?sort=title" {
		t.Errorf("without TLS: %d to %s", r.StatusCode, where)
	}
	if r := get(t, g.Client(t, nil), g.PlainURL+"/2.0/movies", "Authorization", "Bearer mq_X"); r.StatusCode != http.StatusForbidden {
		t.Errorf("credentials without TLS: %d", r.StatusCode)
	}
	if n := len(o.requests()); n != 1 {
		t.Errorf("the process was asked %d times", n)
	}
}

// A process learns the address that the connection came from, whatever a client
// says, under which id the gateway logs the request, and of no trace of the client's.
func TestAddressesCannotBeForged(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "asked"))
	g := Start(t, Config{Programs: []string{o.address()}})
	client := g.Client(t, from("127.0.0.9"))
	forged := []string{"X-Forwarded-For", "1.2.3.4", "X-Forwarded-For", "5.6.7.8", "Forwarded", "for=1.2.3.4", "X-Request-Id", "mine",
		"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Tracestate", "theirs=1"}
	send(t, client, http.MethodPost, g.URL+"/2.0/movies", "{}", forged...)
	get(t, client, g.URL+"/2.0/movies", forged...)
	get(t, client, g.URL+"/2.0/movies", append(forged, "Authorization", "Bearer mq_X")...)
	send(t, client, http.MethodPost, g.URL+"/oauth/request_token", "", forged...)
	asked := o.requests()
	if len(asked) != 4 {
		t.Fatalf("the process was asked %d times", len(asked))
	}
	for _, r := range asked {
		if got := r.Header.Values("X-Forwarded-For"); len(got) != 1 || got[0] != "127.0.0.9" {
			t.Errorf("%s: X-Forwarded-For %q", r.Method, got)
		}
		if r.Header.Get("Forwarded") != "" || len(r.Header.Get("X-Request-Id")) != 32 {
			t.Errorf("%s: %v", r.Method, r.Header)
		}
		if r.Header["Traceparent"] != nil || r.Header["Tracestate"] != nil {
			t.Errorf("%s: the trace of a stranger: %v", r.Method, r.Header)
		}
	}
}

// The log has a line of JSON for each request, without what may hold signatures;
// the counters of connections have an address of their own.
func TestMetrics(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "asked"))
	g := Start(t, Config{Programs: []string{o.address()}})
	client := g.Client(t, nil)
	get(t, client, g.URL+`/2.0/movies?q="a"`)
	get(t, client, g.URL+`/2.0/movies?q="a"`)
	get(t, client, g.URL+"/2.0/movies?oauth_signature=secret", "Authorization", "Bearer secret")
	get(t, client, g.URL+"/nothing?oauth_signature=secret")
	type line struct {
		Path, Cache, Upstream, Protocol, TLS, Address string
		Status, Bytes                                 int
		UpstreamStatus                                string `json:"upstream_status"`
		UpstreamSeconds                               string `json:"upstream_seconds"`
		RequestID                                     string `json:"request_id"`
	}
	var lines []line
	eventually(t, "four lines in the log", func() bool {
		b, err := os.ReadFile(g.Log)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "secret") {
			t.Fatalf("the log has a query: %s", b)
		}
		lines = nil
		for text := range strings.Lines(string(b)) {
			var l line
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				return false // half a line
			}
			lines = append(lines, l)
		}
		return len(lines) == 4
	})
	for i, want := range []struct {
		cache  string
		status int
	}{{"MISS", 200}, {"HIT", 200}, {"", 200}, {"", 404}} {
		if l := lines[i]; l.Cache != want.cache || l.Status != want.status || l.Protocol != "HTTP/2.0" || l.TLS != "TLSv1.3" || l.Address != "127.0.0.1" || len(l.RequestID) != 32 {
			t.Errorf("line %d: %+v", i, l)
		}
	}
	if l := lines[0]; l.Path != "/2.0/movies" || l.Upstream != o.address() || l.UpstreamStatus != "200" || l.Bytes != len("asked") {
		t.Errorf("of the first: %+v", l)
	} else if _, err := strconv.ParseFloat(l.UpstreamSeconds, 64); err != nil {
		t.Errorf("of the first: %v", err)
	}
	if r := get(t, client, g.StatusURL+"/status"); !strings.Contains(r.body, "Active connections: ") {
		t.Errorf("status: %d %s", r.StatusCode, r.body)
	}
}
