package campaign_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
)

// client sends requests over one connection. It costs less than a client of net/http,
// because it shares the processors with the servers.
type client struct {
	conn net.Conn
	r    *bufio.Reader
}

func dial(b *testing.B, address string) *client {
	b.Helper()
	conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return &client{conn, bufio.NewReaderSize(conn, 1<<16)}
}

// reply is an answer, with the time of its request.
type reply struct {
	sent, received time.Time
	status         int
	cache, tag     string // Cache-Status and ETag
	body           []byte
}

// get reads a path. headers are lines.
func (c *client) get(path string, headers ...string) (*reply, error) {
	a := &reply{sent: time.Now()}
	if err := c.conn.SetDeadline(a.sent.Add(fixture.Patience)); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(c.conn, "GET %s HTTP/1.1\r\nHost: campaign\r\n%s\r\n", path, strings.Join(headers, "")); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if a.body, err = io.ReadAll(response.Body); err != nil {
		return nil, err
	}
	a.received, a.status = time.Now(), response.StatusCode
	a.cache, a.tag = response.Header.Get("Cache-Status"), response.Header.Get("Etag")
	return a, nil
}

// hit reports whether the answer came from memory or Redis.
func (a *reply) hit() bool { return strings.HasPrefix(a.cache, "Marquee; hit") }

// quantile returns a quantile of durations, 0 without any.
func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(len(d)-1, int(float64(len(d))*q))]
}
