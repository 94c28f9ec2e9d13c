package serve_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"marquee/cmd/test/fixture"
)

// rawRequests are requests that are malformed, or odd.
var rawRequests = func() []string {
	lines := []string{
		"GET http://h/2.0/movies/1?fields=title HTTP/1.1", "GET * HTTP/1.1", "CONNECT a:80 HTTP/1.1", "OPTIONS * HTTP/1.1",
		"GET /2.0/%zz HTTP/1.1", "HEAD /2.0/%zz HTTP/1.1", "GET / HTTP/1.0", "GET /2.0/genres/war HTTP/1.0", "GET /2.0/movies/1 HTTP/3.0",
		"GET /2.0/movies/1 HTTP/1", "GET /2.0/movies/1", "PRI * HTTP/2.0", "TRACE /2.0/movies HTTP/1.1", "G@ET / HTTP/1.1", " / HTTP/1.1", "",
		"GET  / HTTP/1.1", "GET 2.0/movies HTTP/1.1", "GET //2.0/movies HTTP/1.1", "GET /2.0/../2.0/movies HTTP/1.1",
		"GET /2.0/movies/%00 HTTP/1.1", "GET /2.0/movies/%ff HTTP/1.1", "GET /2.0/movies#x HTTP/1.1", "GET /2.0/movies?a b HTTP/1.1",
		"GET /2.0/movies?q=\xff HTTP/1.1", "GET /2.0/movies?q=%ff HTTP/1.1", "GET /docs/%2e%2e HTTP/1.1", "GET /docs/ HTTP/1.1",
		"GET /docs/none HTTP/1.1", "POST /docs HTTP/1.1", "DELETE /livez HTTP/1.1", "GET /oauth/authorize HTTP/1.1", "PUT /oauth/authorize HTTP/1.1",
		"POST /oauth/authorize HTTP/1.1", "POST /oauth/request_token HTTP/1.1", "GET ftp://h/2.0/movies HTTP/1.1", "GET http:/2.0/movies HTTP/1.1",
		"GET http://h HTTP/1.1", "GET /2.0/movies/1?oauth_token=%zz HTTP/1.1", "POST /2.0/movies HTTP/1.1", "get /2.0/movies HTTP/1.1",
		"GET /2.0/movies?q=" + strings.Repeat("a", 9000) + " HTTP/1.1", "GET /2.0/movies?q=" + strings.Repeat("a", 33000) + " HTTP/1.1",
		"GET /2.0/movies?q=" + strings.Repeat("a", 80000) + " HTTP/1.1", "GET /" + strings.Repeat("a", 30000) + " HTTP/1.1",
		"GET /" + strings.Repeat("a", 2_000_000) + " HTTP/1.1",
	}
	headers := []string{
		"Expect: x", "Host: g", "Transfer-Encoding: gzip", "Content-Length: x", "Content-Length: -1", "Content-Length: 0\r\nContent-Length: 1", "foo", "foo : bar",
		"A\x01: b", "A: b\x01", ": x", " folded", "Authorization Bearer x", "Authorization: Bearer", "Authorization: OAuth x", "Range: bytes=99999999-",
		"Range: bytes=5-x", `If-Match: "x"`, "If-Unmodified-Since: x", "Min-Version: 99999", "Min-Version: x", "Upgrade: h2c\r\nConnection: Upgrade",
		"Accept-Encoding: \xff", "X-Request-Id: \x7f", "traceparent: x", "A: " + strings.Repeat("a", 90_000),
	}
	var all []string
	for _, line := range lines {
		all = append(all, line+"\r\nHost: h")
	}
	for _, h := range headers {
		for _, line := range []string{"GET /2.0/movies/1 HTTP/1.1", "HEAD /2.0/movies HTTP/1.1", "GET /openapi.json HTTP/1.1", "POST /2.0/genres HTTP/1.1", "GET /livez HTTP/1.1"} {
			all = append(all, line+"\r\nHost: h\r\n"+h)
		}
	}
	return append(all, "GET / HTTP/1.1", "GET / HTTP/1.1\r\nHost: h@/x", "GET / HTTP/1.1\r\nHost:", "GET / HTTP/1.1\nHost: h")
}()

// pieces are inserted into requests by mutations.
var pieces = []string{"\r", "\n", "\r\n", "\x00", "\xff", " ", ":", "%", "%zz", "?", "&", "=", "#", "/", "..", "HTTP/9.9", "\"", "0", "Host: x\r\n", "é", "\t"}

// mutated returns one of the requests with a few changes.
func mutated(t *rapid.T) string {
	text := rapid.SampledFrom(rawRequests).Draw(t, "request")
	for range rapid.IntRange(1, 4).Draw(t, "changes") {
		at := rapid.IntRange(0, min(len(text), 300)).Draw(t, "at")
		until := min(at+rapid.IntRange(0, 3).Draw(t, "cut"), len(text))
		text = text[:at] + rapid.SampledFrom(pieces).Draw(t, "piece") + text[until:]
	}
	return text
}

// sendRaw sends a request without its last line, and returns an error unless the answer
// is a whole response in the usual form, or the connection is closed without one.
func sendRaw(address, text string) error {
	conn, err := net.DialTimeout("tcp", address, fixture.Patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetWriteDeadline(time.Now().Add(fixture.Patience))
	_, _ = io.WriteString(conn, text+"\r\nConnection: close\r\n\r\n") // fails if the answer came first
	read := bufio.NewReader(conn)
	_ = conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	if _, err := read.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) { // it waits for a body
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	_ = conn.SetReadDeadline(time.Now().Add(fixture.Patience))
	if _, err := read.Peek(1); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return errors.New("no answer")
		}
		return nil
	}
	method, _, _ := strings.Cut(text, " ")
	return checkAnswer(read, method)
}

// checkAnswer reads and checks a response.
func checkAnswer(read *bufio.Reader, method string) error {
	resp, err := http.ReadResponse(read, &http.Request{Method: method})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusContinue {
		return checkAnswer(read, method)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	media := resp.Header.Get("Content-Type")
	switch s := resp.StatusCode; {
	case s == http.StatusInternalServerError:
		return fmt.Errorf("got 500 %s", body)
	case s < http.StatusBadRequest, method == http.MethodHead, strings.HasPrefix(media, "text/html"): // a page for the user
		return nil
	case media != "application/problem+json":
		return fmt.Errorf("got %d with %q: %.300q", s, media, body)
	}
	var p struct {
		Status              int
		Type, Title, Detail string
		Meta                struct {
			ID string `json:"request_id"`
		}
	}
	if err := json.Unmarshal(body, &p); err != nil || p.Status != resp.StatusCode || p.Type == "" || p.Title == "" || p.Detail == "" || p.Meta.ID == "" {
		return fmt.Errorf("got %d %.300q, want a whole problem: %w", resp.StatusCode, body, err)
	}
	return nil
}

// Whatever bytes a client sends, the answer is a response in the usual form, or none.
func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	e.WithoutLimits()
	s := fixture.Serve(t, e, "--log-level", "error")
	address := strings.TrimPrefix(s.Base, "http://")
	for _, text := range rawRequests {
		if err := sendRaw(address, text); err != nil {
			t.Errorf("%.120q: %v", text, err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		if text := mutated(rt); sendRaw(address, text) != nil {
			rt.Errorf("%.300q: %v", text, sendRaw(address, text))
		}
	})
	s.Do(t, http.MethodGet, "/2.0/movies", "", http.StatusOK)
}
