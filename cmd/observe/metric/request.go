package metric

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/felixge/httpsnoop"
	"github.com/prometheus/client_golang/prometheus"

	"marquee/api"
	"marquee/api/oauth1/flow"
	"marquee/api/openapi"
	"marquee/cache"
)

// Requests count requests by route, method and class of status, and what the
// cache made of them. A hit costs one histogram and one counter: the cache says
// which route its plan is of, so that nothing is matched again, and each series is
// looked up by numbers.
type Requests struct {
	durations *prometheus.HistogramVec
	numbered  []routeSeries // by the number of the route
	routes    map[string]*routeSeries
	unmatched *routeSeries
	results   results
	refusals  *prometheus.CounterVec
}

// The last name of each list stands for all that have none.
var (
	methods = [...]string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "other"}
	classes = [...]string{"1xx", "2xx", "3xx", "4xx", "5xx"}
)

// unmatchedRoute is what paths are called at which nothing stands.
const unmatchedRoute = "unmatched"

// routeSeries are the series of a route that were needed so far.
type routeSeries struct {
	name   string
	series [len(methods)][len(classes)]atomic.Pointer[prometheus.Observer]
}

// durationBuckets are in seconds. A hit takes some ten microseconds, a read of the
// origin some milliseconds, and the longest wait of a request is 10 s.
var durationBuckets = []float64{0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// Requests adds the metrics of requests.
func (m *Registry) Requests() *Requests {
	q := &Requests{
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_duration_seconds", Buckets: durationBuckets,
			Help: "Requests, by how long they took until the answer was written. A client that left before is 4xx, as is a 503 or 507 for what the caller did; a connection that was dropped is 5xx; paths at which nothing stands are the route unmatched.",
		}, []string{"route", "method", "status"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "auth_refusals_total",
			Help: "Requests whose credentials were not taken, by the reason: that of OAuth, or unauthorized (401), or forbidden (403).",
		}, []string{"reason"}),
		routes: map[string]*routeSeries{}, unmatched: &routeSeries{name: unmatchedRoute},
	}
	table := api.Routes()
	q.numbered = make([]routeSeries, len(table))
	for i := range table {
		q.numbered[i].name = table[i].Template
		q.routes[table[i].Template] = &q.numbered[i]
	}
	for _, path := range []string{openapi.DocumentPath, openapi.DocsPath, flow.RequestTokenPath, flow.AuthorizePath, flow.AccessTokenPath} {
		q.routes[path] = &routeSeries{name: path}
	}
	m.registry.MustRegister(q.durations, q.refusals)
	m.results(&q.results)
	return q
}

// observe counts an answer.
func (q *Requests) observe(route, method string, class int, took time.Duration) {
	s := q.routes[route]
	if s == nil {
		s = q.unmatched
	}
	q.count(s, method, class, took)
}

// count counts an answer of a route.
func (q *Requests) count(s *routeSeries, method string, class int, took time.Duration) {
	i := methodIndex(method)
	o := s.series[i][class].Load()
	if o == nil {
		made := q.durations.WithLabelValues(s.name, methods[i], classes[class])
		o = &made
		s.series[i][class].Store(o)
	}
	(*o).Observe(took.Seconds())
}

func methodIndex(method string) int {
	for i := range methods {
		if methods[i] == method {
			return i
		}
	}
	return len(methods) - 1
}

// classIndex is the class of a status; an answer without one was dropped. What
// callers brought upon themselves is no error of ours, whatever its status.
func classIndex(status int, theirs bool) int {
	switch {
	case theirs && status >= http.StatusInternalServerError:
		return http.StatusBadRequest/100 - 1
	case status < 100 || status > 599:
		return len(classes) - 1
	}
	return status/100 - 1
}

// Answered is for api.Config: it counts what the cache did not ask for.
func (q *Requests) Answered(e api.Event) {
	if e.Refusal != "" {
		q.refusals.WithLabelValues(e.Refusal).Inc()
	}
	if !e.Kept {
		q.observe(e.Route, e.Method, classIndex(e.Status, e.Theirs), e.Took)
	}
}

// Cached is for cache.Config: it counts what became of a request, or of work
// behind it. Who is not admitted the API has answered.
func (q *Requests) Cached(e cache.Event) {
	if c := q.results[e.Result]; c != nil {
		c.Inc()
	}
	if e.Method != "" && e.Result != cache.Refused {
		q.count(&q.numbered[e.RouteNumber], e.Method, classIndex(e.Status, e.CallerFault), e.Took)
	}
}

// Pages counts what stands beside the API: its document and the page that shows
// it.
func (q *Requests) Pages(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := r.URL.Path
		if strings.HasPrefix(route, openapi.DocsPath+"/") {
			route = openapi.DocsPath
		}
		if route != openapi.DocumentPath && route != openapi.DocsPath {
			next.ServeHTTP(w, r)
			return
		}
		var answer httpsnoop.Metrics
		defer func() { q.observe(route, r.Method, classIndex(answer.Code, false), answer.Duration) }()
		answer.CaptureMetrics(w, func(w http.ResponseWriter) { next.ServeHTTP(w, r) })
		if answer.Code == 0 { // set by WriteHeader only
			answer.Code = http.StatusOK
		}
	})
}
