package observe

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
	// adminReadTimeout bounds reading a request, none of which has a body.
	adminReadTimeout = 5 * time.Second
	// adminWriteTimeout leaves a profile its time, which is asked for in seconds and
	// is 30 by default.
	adminWriteTimeout = 2 * time.Minute
)

// Admin is the address for operators: metrics, probes, profiles. Who reaches it
// reads everything that the process knows of itself, so it belongs on a loopback
// or an internal address.
type Admin struct {
	server *http.Server
	ended  chan struct{}
}

// ServeAdmin serves on a listener until Close.
func ServeAdmin(listener net.Listener, m *Metrics, h *Health, logger *slog.Logger) *Admin {
	a := &Admin{ended: make(chan struct{}), server: &http.Server{
		Handler:     adminHandler(m, h),
		ReadTimeout: adminReadTimeout, WriteTimeout: adminWriteTimeout,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}}
	go func() {
		defer close(a.ended)
		if err := a.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			logger.Error("the admin address is not served any more", "err", err)
		}
	}()
	return a
}

// Close ends all requests and the listener.
func (a *Admin) Close() error {
	err := a.server.Close()
	<-a.ended
	if err != nil {
		return fmt.Errorf("close the admin address: %w", err)
	}
	return nil
}

func adminHandler(m *Metrics, h *Health) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m)
	mux.Handle("GET /livez", &api.Health{Status: api.Live})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { h.Report().ServeHTTP(w, r) })
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// Health is for api.Config.
func (h *Health) Health(context.Context) *api.Health { return h.Report() }
