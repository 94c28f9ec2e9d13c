// Package gateway runs the gateway's configuration in a real nginx, for tests.
package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"marquee/deploy/devstack"
)

//go:embed *.conf
var configuration embed.FS

// startLimit bounds the time until nginx answers. It needs 50 ms on an idle machine.
const startLimit = 30 * time.Second

// Gateway is a running gateway on loopback addresses. It ends with the test. Its
// methods must be called from the test's goroutine.
type Gateway struct {
	// URL, PlainURL and StatusURL are the addresses with TLS, without, and for
	// metrics: https://127.0.0.1:port, without a slash at the end.
	URL, PlainURL, StatusURL string
	// Log is the file of the access log.
	Log string
	// Roots contains the certificate of URL.
	Roots *x509.CertPool

	t          testing.TB
	nginx, dir string
	current    *running
}

// Config names the neighbours of a gateway.
type Config struct {
	// Programs are the addresses (host:port) of the API processes.
	Programs []string
	// Before are the networks whose X-Forwarded-For is trusted.
	Before []string
	// Uncached turns the cache off, so that each answer comes from a process.
	Uncached bool
}

// Start runs the gateway. The package's TestMain must call devstack.Main.
func Start(t testing.TB, c Config) *Gateway {
	t.Helper()
	devstack.SkipShort(t, "nginx")
	nginx := devstack.Tool(t, "nginx", "nginx-light")
	dir := t.TempDir()
	g := &Gateway{Log: filepath.Join(dir, "access.log"), Roots: x509.NewCertPool(), t: t, nginx: nginx, dir: dir}
	sockets := listen(t, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0")
	g.URL, g.PlainURL, g.StatusURL = "https://"+sockets[0].address, "http://"+sockets[1].address, "http://"+sockets[2].address
	certificate := writeCertificate(t, filepath.Join(dir, "tls"))
	if !g.Roots.AppendCertsFromPEM(certificate) {
		t.Fatal("the certificate cannot be read")
	}
	if err := g.write(filepath.Join(dir, "gateway"), sockets, c); err != nil {
		t.Fatalf("write the configuration: %v", err)
	}
	g.check()
	t.Cleanup(func() { g.current.end(t) })
	g.run(sockets)
	return g
}

// Client returns a client that has its own connections, trusts the gateway and does
// not follow redirects. change may be nil.
func (g *Gateway) Client(t testing.TB, change func(*http.Transport)) *http.Client {
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: g.Roots}, ForceAttemptHTTP2: true, DisableCompression: true,
		MaxIdleConnsPerHost: 64,
	}
	if change != nil {
		change(transport)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// write writes the configuration to dir. It changes only the addresses and the path
// of the access log.
func (g *Gateway) write(dir string, sockets []socket, c Config) error {
	text, err := files()
	if err != nil {
		return err
	}
	for _, s := range sockets {
		if err := replace(text, "nginx.conf", "listen "+s.port, "listen "+s.address); err != nil {
			return err
		}
	}
	if err := replace(text, "log.conf", "/dev/stdout", g.Log); err != nil {
		return err
	}
	if err := name(text, c.Programs); err != nil {
		return err
	}
	if c.Uncached {
		if err := replace(text, "cache.conf", "proxy_cache $cache;", "proxy_cache off;"); err != nil {
			return err
		}
	}
	for _, network := range c.Before {
		text["realip.conf"] += "set_real_ip_from " + network + ";\n"
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for file, content := range text {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// files returns the texts of the configuration by file name.
func files() (map[string]string, error) {
	names, err := fs.Glob(configuration, "*.conf")
	if err != nil {
		return nil, err
	}
	text := map[string]string{}
	for _, name := range names {
		b, err := configuration.ReadFile(name)
		if err != nil {
			return nil, err
		}
		text[name] = string(b)
	}
	return text, nil
}

// program matches a line of upstream.conf that names a process.
var program = regexp.MustCompile(`(?m)^  server \S+( .*;)\n`)

// name replaces the processes in upstream.conf. They have the settings of the first.
func name(text map[string]string, programs []string) error {
	named := program.FindStringSubmatch(text["upstream.conf"])
	if named == nil {
		return errors.New("upstream.conf names no process")
	}
	var servers strings.Builder
	for _, address := range programs {
		fmt.Fprintf(&servers, "  server %s%s\n", address, named[1])
	}
	text["upstream.conf"] = program.ReplaceAllString(text["upstream.conf"], "")
	return replace(text, "upstream.conf", "upstream program {\n", "upstream program {\n"+servers.String())
}

// replace replaces a part of a file, which must occur exactly once.
func replace(text map[string]string, file, old, changed string) error {
	if n := strings.Count(text[file], old); n != 1 {
		return fmt.Errorf("%s contains %q %d times, want once", file, old, n)
	}
	text[file] = strings.Replace(text[file], old, changed, 1)
	return nil
}
