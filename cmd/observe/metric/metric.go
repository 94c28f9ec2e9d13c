// Package metric has the metrics of a process, for Prometheus. The packages that it
// reads count in plain numbers and do not know it.
package metric

import (
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Registry has the metrics of a process, for Prometheus. Names begin with marquee_
// and are in base units; what a package counts is read when it is asked for. They
// are told about one part of the process after the other.
type Registry struct{ registry *prometheus.Registry }

// New makes the metrics of the Go runtime, of the process as the system
// sees it, and of the build.
func New() *Registry {
	m := &Registry{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	version, revision := build()
	m.gauge("build_info", "The program: always 1.", func() float64 { return 1 }, "version", version, "revision", revision, "go", runtime.Version())
	return m
}

// build is the module's version and the commit that the program was made of, as
// far as the toolchain has noted them.
func build() (version, revision string) {
	version, revision = "unknown", "unknown"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version, revision
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value
		}
	}
	return info.Main.Version, revision
}

// ServeHTTP writes all of them.
func (m *Registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes}).ServeHTTP(w, r)
}

// maxScrapes is how many may read the metrics at once.
const maxScrapes = 4

const namespace = "marquee"

// gauge adds a number that goes up and down. Labels are names and values in turn.
func (m *Registry) gauge(name, help string, read func() float64, labels ...string) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: pairs(labels)}, read))
}

// counter adds a number that only grows. Labels are names and values in turn.
func (m *Registry) counter(name, help string, read func() float64, labels ...string) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: pairs(labels)}, read))
}

func pairs(labels []string) prometheus.Labels {
	out := prometheus.Labels{}
	for i := 0; i < len(labels); i += 2 {
		out[labels[i]] = labels[i+1]
	}
	return out
}

// Flag adds a gauge that is 1 while is reports true, else 0. Labels are names and
// values in turn.
func (m *Registry) Flag(name, help string, is func() bool, labels ...string) {
	m.gauge(name, help, func() float64 {
		if is() {
			return 1
		}
		return 0
	}, labels...)
}
