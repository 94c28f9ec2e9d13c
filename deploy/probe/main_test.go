package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer server.Close()
	for _, c := range []struct {
		status  int
		healthy bool
	}{{200, true}, {204, false}, {404, false}, {503, false}} {
		status = c.status
		if err := probe(t.Context(), server.URL); (err == nil) != c.healthy {
			t.Errorf("%d: %v", c.status, err)
		}
	}
	server.Close()
	if probe(t.Context(), server.URL) == nil {
		t.Error("a server that is gone is healthy")
	}
}

// A process that takes connections and answers nothing is not waited for.
func TestProbeInTime(t *testing.T) {
	t.Parallel()
	silent := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-silent }))
	defer server.Close()
	defer close(silent)
	if probe(t.Context(), server.URL) == nil {
		t.Error("a server that does not answer is healthy")
	}
}
