package listen

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// said is an answer of unread in these tests.
type said struct {
	Status int
	Method string
	Detail string
}

// sayUnread answers with what it was given.
func sayUnread(w http.ResponseWriter, r *http.Request, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(said{status, r.Method, detail})
}

// serveUnread serves a handler on a Server, and returns its address.
func serveUnread(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(&http.Server{Handler: h, MaxHeaderBytes: 8 << 10, ReadTimeout: time.Minute, WriteTimeout: time.Minute}, listener, sayUnread)
	go func() { _ = s.Serve() }()
	t.Cleanup(func() { _ = s.Close() })
	return listener.Addr().String()
}

// reply is an answer whose body was read.
type reply struct {
	StatusCode int
	Header     http.Header
	Close      bool
}

// exchange sends texts one after the other, each after the answer to the one before, and
// returns the last answer with its body. A text that ends with "…" is sent in two pieces.
func exchange(t testing.TB, address string, texts ...string) (reply, string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	read := bufio.NewReader(conn)
	var last reply
	var body []byte
	for _, text := range texts {
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		method, _, _ := strings.Cut(text, " ")
		resp, err := http.ReadResponse(read, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("%.60q: %v", text, err)
		}
		if body, err = io.ReadAll(resp.Body); err != nil {
			t.Fatalf("%.60q: %v", text, err)
		}
		_ = resp.Body.Close()
		last = reply{resp.StatusCode, resp.Header, resp.Close}
	}
	return last, string(body)
}

// Whatever net/http answers by itself is answered by unread, with a detail that says what
// to repair, and ends the connection.
func TestUnread(t *testing.T) {
	t.Parallel()
	address := serveUnread(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") })
	const host, end = "\r\nHost: h", "\r\n\r\n"
	for _, c := range []struct {
		text   string
		status int
		detail string // a part
	}{
		{"GET / HTTP/1.1" + host + end, 200, ""},
		{"GET /%zz HTTP/1.1" + host + end, 400, `the malformed escape "%zz"`},
		{"GET x HTTP/1.1" + host + end, 400, "the target of the request"},
		{"GET /a b HTTP/1.1" + host + end, 400, "encode one in the target as %20"},
		{"GET  / HTTP/1.1" + host + end, 400, "with single spaces"},
		{"GET /" + host + end, 400, "the first line is malformed"},
		{"GET / HTTP/1" + host + end, 400, "the version in the first line"},
		{"G@T / HTTP/1.1" + host + end, 400, "the method is malformed"},
		{"GET / HTTP/1.1" + end, 400, "no header Host"},
		{"GET / HTTP/1.1\r\nHost: a\r\nHost: b" + end, 400, "Host is sent more than once"},
		{"GET / HTTP/1.1\r\nHost: a@/" + end, 400, "header Host is malformed"},
		{"GET / HTTP/1.1" + host + "\r\nname" + end, 400, "Name: value"},
		{"GET / HTTP/1.1" + host + "\r\nna me: x" + end, 400, "name of a header"},
		{"GET / HTTP/1.1" + host + "\r\nname: a\x7fb" + end, 400, "control character"},
		{"POST / HTTP/1.1" + host + "\r\nContent-Length: x" + end, 400, "Content-Length"},
		{"POST / HTTP/1.1" + host + "\r\nContent-Length: 1\r\nContent-Length: 2" + end, 400, "Content-Length is sent twice"},
		{"GET / HTTP/1.1" + host + "\r\nAuthorization Bearer hidden" + end, 400, "Name: value"},
		{"GET / HTTP/3.0" + host + end, 505, "HTTP/1.1"},
		{"POST / HTTP/1.1" + host + "\r\nTransfer-Encoding: gzip, chunked" + end, 501, "send chunked"},
		{"GET / HTTP/1.1" + host + "\r\nExpect: tea" + end, 417, "100-continue"},
		{"POST / HTTP/1.1" + host + "\r\nExpect: tea\r\nContent-Length: 100000" + end + strings.Repeat("a", 100000), 417, "100-continue"},
		{"GET /" + strings.Repeat("a", 20<<10) + " HTTP/1.1" + host + end, 431, "more than 8192 bytes"},
		{"GET / HTTP/1.1" + host + "\r\nA: " + strings.Repeat("a", 300<<10) + end, 431, "more than 8192 bytes"},
	} {
		r, body := exchange(t, address, c.text)
		if r.StatusCode != c.status {
			t.Errorf("%.60q: got %d %s, want %d", c.text, r.StatusCode, body, c.status)
			continue
		}
		if c.status == 200 {
			continue
		}
		var got said
		if err := json.Unmarshal([]byte(body), &got); err != nil || !strings.Contains(got.Detail, c.detail) || strings.Contains(body, "hidden") {
			t.Errorf("%.60q: got %s, want %q in the detail", c.text, body, c.detail)
		}
		if !r.Close || r.Header.Get("Date") == "" || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.60q: got %v", c.text, r.Header)
		}
	}
}

// A refusal has the method of the request that it refuses, also after other requests on
// the connection, and no body for HEAD. If the request is not known, the detail is
// general.
func TestUnreadOnUsedConnection(t *testing.T) {
	t.Parallel()
	address := serveUnread(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") })
	const good, bad = "GET / HTTP/1.1\r\nHost: h\r\n\r\n", " /%zz HTTP/1.1\r\nHost: h\r\n\r\n"
	for range 20 { // whether net/http has read the first byte in the background differs
		r, body := exchange(t, address, good, good, "PUT"+bad)
		if r.StatusCode != http.StatusBadRequest || !strings.Contains(body, `"PUT"`) || !strings.Contains(body, "malformed escape") {
			t.Errorf("got %d %s", r.StatusCode, body)
		}
		r, body = exchange(t, address, good, "HEAD"+bad)
		if r.StatusCode != http.StatusBadRequest || body != "" {
			t.Errorf("HEAD: got %d %q", r.StatusCode, body)
		}
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, good+"PUT"+bad) // in one piece
	text := string(readAll(t, conn))
	if !strings.Contains(text, "fine") || !strings.Contains(text, `"Method":""`) || !strings.Contains(text, "the request is malformed") {
		t.Errorf("got %s", text)
	}
}

// An answer of a handler is never replaced, whatever it looks like.
func TestHandlersAnswersStay(t *testing.T) {
	t.Parallel()
	const plain = "HTTP/1.1 400 Bad Request" + plainHeaders + "400 Bad Request"
	answers := []http.HandlerFunc{
		func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "mine", http.StatusBadRequest) },
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusBadRequest)
		},
		func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusExpectationFailed)
			_, _ = io.WriteString(w, "mine")
		},
		func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, plain) },
		func(w http.ResponseWriter, _ *http.Request) { // a header that fills a buffer, then the text
			w.Header()["Date"] = nil
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("A", strings.Repeat("a", httpBuffer))
			_, _ = io.WriteString(w, plain)
		},
	}
	var now atomic.Int64
	address := serveUnread(t, func(w http.ResponseWriter, r *http.Request) { answers[now.Load()](w, r) })
	for i := range answers {
		now.Store(int64(i))
		if r, body := exchange(t, address, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); strings.Contains(body, `"Status"`) {
			t.Errorf("answer %d was replaced: %d %s", i, r.StatusCode, body)
		}
	}
}

// A write of a handler costs nothing more.
func TestParsePlainDoesNotAllocate(t *testing.T) {
	answer := []byte("HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nDate: Sat, 01 Nov 2025 10:00:00 GMT\r\n\r\n{}")
	hit := []byte("HTTP/1.1 200 OK\r\n\r\n{}")
	if n := testing.AllocsPerRun(100, func() { parsePlain(hit); parsePlain(make([]byte, 0)) }); n != 0 { // not parallel: allocations of other tests would count
		t.Errorf("got %v allocations, want 0", n)
	}
	if _, _, plain := parsePlain(answer); plain {
		t.Error("an answer of a handler counts as plain")
	}
}
