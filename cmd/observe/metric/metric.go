// Package metric exposes the metrics of a process to Prometheus. Other packages count
// in plain numbers and do not import it.
package metric

import (
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Registry has the metrics of a process. Its methods register the metrics of one part
// of the process each. Names begin with marquee_, and units are base units. Numbers
// of other packages are read at each scrape.
type Registry struct{ registry *prometheus.Registry }

// New returns a registry with the metrics of the Go runtime, the operating system's
// view of the process, and the build.
func New() *Registry {
	m := &Registry{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	version, revision := build()
	m.gauge("build_info", "Version of the program. Always 1.", func() float64 { return 1 }, "version", version, "revision", revision, "go", runtime.Version())
	return m
}

// build returns the version of the module and the commit, if the toolchain recorded
// them.
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

// ServeHTTP writes all metrics.
func (m *Registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes}).ServeHTTP(w, r)
}

// maxScrapes is the limit of concurrent scrapes.
const maxScrapes = 4

const namespace = "marquee"

// gauge registers a gauge. Labels are names and values in turn.
func (m *Registry) gauge(name, help string, read func() float64, labels ...string) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: pairs(labels)}, read))
}

// counter registers a counter. Labels are names and values in turn.
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

// Flag registers a gauge that is 1 while is returns true, else 0. Labels are names
// and values in turn.
func (m *Registry) Flag(name, help string, is func() bool, labels ...string) {
	m.gauge(name, help, func() float64 {
		if is() {
			return 1
		}
		return 0
	}, labels...)
}
