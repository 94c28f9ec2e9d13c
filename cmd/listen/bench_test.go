package listen

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// BenchmarkAnswers measures answers on one connection, by a server that replaces the
// plain-text answers of net/http ("problems") and by one that does not ("plain").
func BenchmarkAnswers(b *testing.B) {
	for _, size := range []int{200, 3000, 20_000} {
		body := strings.Repeat("a", size)
		handler := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
		b.Run(fmt.Sprint("problems/", size), func(b *testing.B) { answers(b, serveUnread(b, handler), size) })
		b.Run(fmt.Sprint("plain/", size), func(b *testing.B) {
			listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			s := &http.Server{Handler: http.HandlerFunc(handler), ReadHeaderTimeout: time.Minute}
			go func() { _ = s.Serve(listener) }()
			b.Cleanup(func() { _ = s.Close() })
			answers(b, listener.Addr().String(), size)
		})
	}
}

// answers requests one answer after the other.
func answers(b *testing.B, address string, size int) {
	b.Helper()
	conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	read := bufio.NewReader(conn)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
			b.Fatal(err)
		}
		resp, err := http.ReadResponse(read, nil)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != int64(size) {
			b.Fatal(n, err)
		}
		_ = resp.Body.Close()
	}
}
