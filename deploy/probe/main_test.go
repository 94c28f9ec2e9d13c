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
			t.Errorf("probe of status %d returned %v, want success %t", c.status, err, c.healthy)
		}
	}
	server.Close()
	if probe(t.Context(), server.URL) == nil {
		t.Error("probe of a closed server succeeded")
	}
}

// probe gives up on a process that accepts connections and answers nothing.
func TestProbeInTime(t *testing.T) {
	t.Parallel()
	silent := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-silent }))
	defer server.Close()
	defer close(silent)
	if probe(t.Context(), server.URL) == nil {
		t.Error("probe of a silent server succeeded")
	}
}
