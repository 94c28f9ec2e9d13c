package api

import (
	"net/http"
	"time"
)

// What clients and caches between may keep, and for how long. Each is a
// promise about staleness, so each has its reason.
const (
	// publicLifetime lets caches keep a body but ask before each use: nothing
	// tells them of a write, so any longer life would show old data.
	publicLifetime = "public, max-age=0, must-revalidate"
	// privateLifetime is the same for answers to somebody with credentials:
	// shared caches keep no copy.
	privateLifetime = "private, max-age=0, must-revalidate"
	// missingLifetime lets a burst of requests for what is not there be answered
	// on the way. Two seconds is the longest that a creation may stay unseen.
	missingLifetime        = "public, max-age=2"
	privateMissingLifetime = "private, max-age=2"
	// errorLifetime: other errors depend on more than the URL, or pass.
	errorLifetime = "no-store"
)

// preflightLifetime is how long browsers may keep the answer to OPTIONS; the
// methods of a path change only with a release. Browsers cut it to 2 or 24 h.
const preflightLifetime = 24 * time.Hour

// The server's limits on connections.
const (
	// readHeaderTimeout: headers are one packet or a few; who needs longer holds
	// the connection open on purpose.
	readHeaderTimeout = 5 * time.Second
	// readTimeout lets a body of a mebibyte come over 300 kbit/s.
	readTimeout = 30 * time.Second
	// writeTimeout starts with the headers: it covers reading the body, the
	// query and the largest list (about 2 MB) over 600 kbit/s.
	writeTimeout = 60 * time.Second
	// idleTimeout is longer than the 60 s after which common load balancers
	// close idle connections, so that they close first and lose no request.
	idleTimeout = 120 * time.Second
	// maxHeaderBytes holds a query of 8 KiB, which is answered 414 above that,
	// and OAuth headers; the default of a mebibyte a connection is a gift.
	maxHeaderBytes = 32 << 10
)

// lifetime is the Cache-Control of a problem.
func (p *problem) lifetime(r *http.Request) string {
	switch {
	case p.status != http.StatusNotFound || r.Method != http.MethodGet && r.Method != http.MethodHead:
		return errorLifetime
	case r.Header["Authorization"] != nil:
		return privateMissingLifetime
	}
	return missingLifetime
}

// lifetime is the Cache-Control of a successful read.
func (c *call) lifetime() string {
	if c.user != nil {
		return privateLifetime
	}
	return publicLifetime
}
