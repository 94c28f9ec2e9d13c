package api

import (
	"log/slog"
	"net/http"
	"time"
)

// The limits of connections.
const (
	// readHeaderTimeout: headers fit into a few packets. A client that needs longer
	// holds the connection open on purpose.
	readHeaderTimeout = 5 * time.Second
	// readTimeout is enough for a body of 1 MiB at 300 kbit/s.
	readTimeout = 30 * time.Second
	// writeTimeout starts with the headers. It covers reading the body, the query, and
	// writing the largest list (about 2 MB) at 600 kbit/s.
	writeTimeout = 60 * time.Second
	// idleTimeout is longer than the 60 s after which common load balancers close idle
	// connections, so that they close first and lose no request.
	idleTimeout = 120 * time.Second
	// maxHeaderBytes is enough for a query of several times 8 KiB, the maximum, so that the
	// refusal can say so. The default is 1 MiB per connection.
	maxHeaderBytes = 64 << 10
)

// NewServer returns an HTTP server for a handler, with limits on everything that a client
// could hold open or make large. The caller listens, serves and shuts it down. A nil
// logger is slog.Default().
func NewServer(handler http.Handler, logger *slog.Logger) *http.Server {
	if logger == nil {
		logger = slog.Default()
	}
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}
