// Package admin serves the address for operators: metrics, probes and profiles.
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"marquee/api"
)

const (
	// readTimeout is enough for requests without a body.
	readTimeout = 5 * time.Second
	// writeTimeout is longer than a profile, which takes 30 s by default.
	writeTimeout = 2 * time.Minute
)

// Server serves the address for operators. It needs no credentials and exposes the
// memory of the process, so it must listen on a loopback or internal address.
type Server struct {
	server *http.Server
	ended  chan struct{}
}

// Serve serves metrics and the report of the probes on a listener, until Close.
func Serve(listener net.Listener, metrics http.Handler, report func(context.Context) *api.Health, logger *slog.Logger) *Server {
	a := &Server{ended: make(chan struct{}), server: &http.Server{
		Handler:     handler(metrics, report),
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}}
	go func() {
		defer close(a.ended)
		if err := a.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			logger.Error("admin server stopped", "err", err)
		}
	}()
	return a
}

// Close closes the listener and ends all requests.
func (a *Server) Close() error {
	err := a.server.Close()
	<-a.ended
	if err != nil {
		return fmt.Errorf("close the admin server: %w", err)
	}
	return nil
}

func handler(metrics http.Handler, report func(context.Context) *api.Health) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.Handle("GET /livez", &api.Health{Status: api.Live})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { report(r.Context()).ServeHTTP(w, r) })
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
