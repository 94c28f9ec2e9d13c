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

	"marquee/deploy/await"
)

// dial opens a TLS connection, which is closed when the test ends.
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

// raw sends bytes unchanged and reads the answer.
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

// The gateway refuses requests that the API cannot have, as problems in the form of the
// API. They do not reach a process.
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
		{"path with the same beginning", request("GET", "/2.0.1/movies", "", ""), 404, "/problems/not-found"},
		{"long query", request("GET", "/2.0/movies?q="+strings.Repeat("a", 9<<10), "", ""), 414, "/problems/query-too-long"},
		{"long header", request("GET", "/2.0/movies", "X-Long: "+strings.Repeat("a", 9<<10)+"\r\n", ""), 431, "about:blank"},
		{"many headers", request("GET", "/2.0/movies", strings.Repeat("X-Long: "+strings.Repeat("a", 8<<10)+"\r\n", 5), ""), 431, "about:blank"},
		{"large body", request("POST", "/2.0/movies", "Content-Length: 1048577\r\n", ""), 413, "/problems/body-too-large"},
		{"large bulk", request("POST", "/2.0/bulk", "Content-Length: 8388609\r\n", ""), 413, "/problems/body-too-large"},
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
				t.Fatalf("got %d %s, which is no problem: %v", r.StatusCode, r.body, err)
			}
			if r.StatusCode != c.status || p.Status != c.status || p.Type != c.kind || p.Detail == "" {
				t.Errorf("got %d %s, want %d %s", r.StatusCode, r.body, c.status, c.kind)
			}
			if id := r.Header.Get("X-Request-Id"); id == "" || id != p.Meta.RequestID {
				t.Errorf("got request id %q in the header and %q in the body, want the same", id, p.Meta.RequestID)
			}
			if kind, stored := r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"); kind != "application/problem+json" || stored != "no-store" {
				t.Errorf("got Content-Type %q and Cache-Control %q, want a problem with no-store", kind, stored)
			}
			if allow := r.Header.Get("Allow"); (allow != "") != (c.status == 405) {
				t.Errorf("got Allow %q with status %d, want it with 405 only", allow, c.status)
			}
		})
	}
	client := g.Client(t, nil)
	if r := send(t, client, http.MethodPost, g.URL+"/2.0/movies", strings.Repeat("a", 1<<20+1)); r.StatusCode != http.StatusRequestEntityTooLarge || r.ProtoMajor != 2 {
		t.Errorf("a large body over HTTP/2 got %s %d %s, want 413", r.Proto, r.StatusCode, r.body)
	}
	if n := len(o.requests()); n != 0 {
		t.Errorf("the process got %d requests, want none", n)
	}
	largest := send(t, client, http.MethodPost, g.URL+"/2.0/movies", strings.Repeat("a", 1<<20))
	if largest.StatusCode != http.StatusOK {
		t.Errorf("a body of 1 MiB got %d %s, want 200", largest.StatusCode, largest.body)
	}
	bulk := send(t, client, http.MethodPost, g.URL+"/2.0/bulk", strings.Repeat("a", 8<<20))
	if bulk.StatusCode != http.StatusOK {
		t.Errorf("a bulk of 8 MiB got %d %s, want 200", bulk.StatusCode, bulk.body)
	}
	longest := get(t, client, g.URL+"/2.0/movies?q="+strings.Repeat("a", 8<<10-2))
	if longest.StatusCode != http.StatusOK {
		t.Errorf("a query of 8 KiB got %d %s, want 200", longest.StatusCode, longest.body)
	}
}

// The gateway closes the connection of a client that sends its headers too slowly.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "asked"))
	g := Start(t, Config{Programs: []string{o.address()}})
	conn := dial(t, g)
	if _, err := io.WriteString(conn, "GET /2.0/movies HTTP/1.1\r\nHost: loc"); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is open after %s: read %d, %v", patience, n, err)
	}
	if n := len(o.requests()); n != 0 {
		t.Errorf("the process got %d requests, want none", n)
	}
}

// An address that sends too many requests gets 429. Other addresses are not affected.
func TestThrottling(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "asked"))
	g := Start(t, Config{Programs: []string{o.address()}})
	flood, other := g.Client(t, nil), g.Client(t, from("127.0.0.9"))
	refused := untilRefused(t, func() *reply { return get(t, flood, g.URL+"/2.0/movies") })
	if refused.Header.Get("Retry-After") != "1" || !strings.Contains(refused.body, "/problems/too-many-requests") {
		t.Errorf("the refusal is %v %s, want a problem with Retry-After: 1", refused.Header, refused.body)
	}
	if r := get(t, other, g.URL+"/2.0/movies"); r.StatusCode != http.StatusOK {
		t.Errorf("another address got %d, want 200", r.StatusCode)
	}
}

// All IPv6 addresses of a /64 are one client, and the next /64 is another one. Addresses
// that a client writes before those of trusted proxies are ignored.
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
			t.Errorf("%s got %d, want 200", address, r.StatusCode)
		}
	}
}

// untilRefused sends requests from 32 goroutines, faster than 100 a second on any machine,
// and returns the first 429.
func untilRefused(t *testing.T, ask func() *reply) *reply {
	t.Helper()
	var asked atomic.Int64
	var refused atomic.Pointer[reply]
	var askers sync.WaitGroup
	for range 32 {
		askers.Go(func() {
			for refused.Load() == nil && asked.Add(1) <= 20000 { // minutes of requests at 100 a second
				if r := ask(); r.StatusCode == http.StatusTooManyRequests {
					refused.CompareAndSwap(nil, r)
				}
			}
		})
	}
	askers.Wait()
	if refused.Load() == nil {
		t.Fatal("no request was refused")
	}
	return refused.Load()
}

// from makes a transport connect from another address of this machine.
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
			t.Errorf("TLS %s: error %v, want success %t", c.name, err, c.taken)
		}
	}
	r := get(t, g.Client(t, nil), g.URL+"/2.0/movies")
	if r.ProtoMajor != 2 || r.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("got %s %v, want HTTP/2 with Strict-Transport-Security", r.Proto, r.Header)
	}
	r = get(t, g.Client(t, nil), g.PlainURL+"/2.0/movies?sort=title")
	if where := r.Header.Get("Location"); r.StatusCode != http.StatusPermanentRedirect || where != "https://127.0.0.1/2.0/movies?sort=title" {
		t.Errorf("without TLS: got %d to %s, want a redirect to https", r.StatusCode, where)
	}
	if r := get(t, g.Client(t, nil), g.PlainURL+"/2.0/movies", "Authorization", "Bearer mq_X"); r.StatusCode != http.StatusForbidden {
		t.Errorf("credentials without TLS got %d, want 403", r.StatusCode)
	}
	if n := len(o.requests()); n != 1 {
		t.Errorf("the process got %d requests, want 1", n)
	}
}

// A process receives the address of the connection, whatever the client sends, the id of
// the request in the gateway's log, and no trace of the client.
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
		t.Fatalf("the process got %d requests, want 4", len(asked))
	}
	for _, r := range asked {
		if got := r.Header.Values("X-Forwarded-For"); len(got) != 1 || got[0] != "127.0.0.9" {
			t.Errorf("%s: got X-Forwarded-For %q, want 127.0.0.9", r.Method, got)
		}
		if r.Header.Get("Forwarded") != "" || len(r.Header.Get("X-Request-Id")) != 32 {
			t.Errorf("%s: got %v, want no Forwarded and the gateway's X-Request-Id", r.Method, r.Header)
		}
		if r.Header["Traceparent"] != nil || r.Header["Tracestate"] != nil {
			t.Errorf("%s: got the client's trace: %v", r.Method, r.Header)
		}
	}
}

// The log has a line of JSON for each request, without its query, which may contain
// signatures. The counters of connections have their own address.
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
	await.True(t, "four lines in the log", func() bool {
		b, err := os.ReadFile(g.Log)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "secret") {
			t.Fatalf("the log contains a query: %s", b)
		}
		lines = nil
		for text := range strings.Lines(string(b)) {
			var l line
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				return false // the line is not complete yet
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
			t.Errorf("line %d is %+v, want cache %q and status %d", i, l, want.cache, want.status)
		}
	}
	if l := lines[0]; l.Path != "/2.0/movies" || l.Upstream != o.address() || l.UpstreamStatus != "200" || l.Bytes != len("asked") {
		t.Errorf("line 0 is %+v, want the path, process, status and size", l)
	} else if _, err := strconv.ParseFloat(l.UpstreamSeconds, 64); err != nil {
		t.Errorf("upstream_seconds of line 0: %v", err)
	}
	if r := get(t, client, g.StatusURL+"/status"); !strings.Contains(r.body, "Active connections: ") {
		t.Errorf("/status got %d %s, want connections", r.StatusCode, r.body)
	}
}
