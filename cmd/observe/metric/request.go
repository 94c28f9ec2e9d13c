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
	"marquee/api/route"
	"marquee/cache"
)

// Requests counts requests by route, method and class of status, and by the result of
// the cache. A hit costs one histogram and one counter. It matches no route, because
// the cache has the route's number, and looks up each series by numbers.
type Requests struct {
	durations *prometheus.HistogramVec
	numbered  []routeSeries           // by the number of the route
	routes    map[string]*routeSeries // by template
	unmatched *routeSeries
	results   results
	refusals  *prometheus.CounterVec
}

// The labels of methods and classes. The last method stands for all unknown ones.
var (
	methods = [...]string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "other"}
	classes = [...]string{"1xx", "2xx", "3xx", "4xx", "5xx"}
)

// unmatchedRoute is the route of unknown paths. A client must not create series.
const unmatchedRoute = "unmatched"

// routeSeries are the series of a route. A series is created at its first use, so
// that combinations that never occur are not exposed.
type routeSeries struct {
	name   string
	series [len(methods)][len(classes)]atomic.Pointer[prometheus.Observer]
}

// durationBuckets are in seconds. A hit takes some 10 µs, a read of the origin some
// milliseconds, and a request waits for at most 10 s.
var durationBuckets = []float64{0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// Requests registers the metrics of requests.
func (m *Registry) Requests() *Requests {
	q := &Requests{
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_duration_seconds", Buckets: durationBuckets,
			Help: "Duration of requests until the response was written. Clients that left early, and 503 and 507 caused by the caller, count as 4xx. Dropped connections count as 5xx. Unknown paths have the route unmatched.",
		}, []string{"route", "method", "status"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "auth_refusals_total",
			Help: "Requests with refused credentials, by reason: an OAuth problem, unauthorized (401) or forbidden (403).",
		}, []string{"reason"}),
		routes: map[string]*routeSeries{}, unmatched: &routeSeries{name: unmatchedRoute},
	}
	table := route.Table()
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

// observe counts a response by the template of its route.
func (q *Requests) observe(route, method string, class int, took time.Duration) {
	s := q.routes[route]
	if s == nil {
		s = q.unmatched
	}
	q.count(s, method, class, took)
}

// count counts a response of a route.
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

// classIndex returns the index of a status in classes. A status that is not valid
// stands for a dropped connection. An error of class 5xx that is the caller's fault
// counts as 4xx.
func classIndex(status int, callerFault bool) int {
	switch {
	case callerFault && status >= http.StatusInternalServerError:
		return http.StatusBadRequest/100 - 1
	case status < 100 || status > 599:
		return len(classes) - 1
	}
	return status/100 - 1
}

// Answered counts a response of the API that did not come through the cache. It is
// for api.Config.
func (q *Requests) Answered(e api.Event) {
	if e.Refusal != "" {
		q.refusals.WithLabelValues(e.Refusal).Inc()
	}
	if !e.FromCache {
		q.observe(e.Route, e.Method, classIndex(e.Status, e.CallerFault), e.Took)
	}
}

// Cached counts a request through the cache, or background work. It is for
// cache.Config. Refused requests are left to Answered, since the API answers them.
func (q *Requests) Cached(e cache.Event) {
	if c := q.results[e.Result]; c != nil {
		c.Inc()
	}
	if e.Method != "" && e.Result != cache.Refused {
		q.count(&q.numbered[e.RouteNumber], e.Method, classIndex(e.Status, e.CallerFault), e.Took)
	}
}

// Pages counts the requests for the OpenAPI document and its page, which next answers
// without the API.
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
