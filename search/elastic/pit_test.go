package elastic_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// pitRecorder is a proxy of Elasticsearch that records which points in time are
// opened.
type pitRecorder struct {
	t      testing.TB
	url    string
	server string
	mu     sync.Mutex
	opened []string
}

func recordPITs(t testing.TB) *pitRecorder {
	t.Helper()
	r := &pitRecorder{t: t, server: devstack.Elasticsearch(t)}
	target, err := url.Parse(r.server)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.ModifyResponse = r.record
	proxy := httptest.NewServer(forward)
	t.Cleanup(proxy.Close)
	r.url = proxy.URL
	return r
}

// record records the point in time of a response that opens one.
func (r *pitRecorder) record(response *http.Response) error {
	if response.Request.Method != http.MethodPost || !strings.HasSuffix(response.Request.URL.Path, "/_pit") {
		return nil
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var opened struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &opened); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened = append(r.opened, opened.ID)
	response.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// closeAll closes the recorded points in time, of which there has to be one.
func (r *pitRecorder) closeAll() {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.opened) == 0 {
		r.t.Fatal("no point in time was opened")
	}
	for _, id := range r.opened {
		body, _ := json.Marshal(map[string]string{"id": id})
		request, err := http.NewRequestWithContext(await.Context(r.t), http.MethodDelete, r.server+"/_pit", bytes.NewReader(body))
		if err != nil {
			r.t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil || response.StatusCode != http.StatusOK {
			r.t.Fatalf("close a point in time: %v, %v", response, err)
		}
		_ = response.Body.Close()
	}
}
