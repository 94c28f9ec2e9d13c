package metric

import (
	"github.com/prometheus/client_golang/prometheus"

	"marquee/cache/warm"
)

// Warm are the metrics of pages that are kept warm.
type Warm struct {
	durations [2]prometheus.Observer // by whether the answer is prepared
	failures  [2]prometheus.Counter
}

// warmKinds are the values of the label kind, by whether the answer is prepared.
var warmKinds = [2]string{"now", "turn"}

// warmBuckets are in seconds. A read takes milliseconds; when hundreds of pages are due at
// once, the last ones wait for seconds.
var warmBuckets = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}

// Warm registers the metrics of reads of pages that are kept warm.
func (m *Registry) Warm() *Warm {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "warm_duration_seconds", Buckets: warmBuckets,
		Help: "Time from when a page of a collection was found to be due, because a write touched it or its turn was near, until its answer was stored. The kind is now for present answers, and turn for prepared ones.",
	}, []string{"kind"})
	failures := prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "warm_failures_total", Help: "Reads of pages of collections that stored nothing. They are retried.",
	}, []string{"kind"})
	m.registry.MustRegister(durations, failures)
	w := new(Warm)
	for i, kind := range warmKinds {
		w.durations[i], w.failures[i] = durations.WithLabelValues(kind), failures.WithLabelValues(kind)
	}
	return w
}

// Observe counts a read. It is for warm.Config.
func (w *Warm) Observe(r warm.Read) {
	i := 0
	if r.Prepared {
		i = 1
	}
	if r.Failed {
		w.failures[i].Inc()
	} else {
		w.durations[i].Observe(r.Took.Seconds())
	}
}

// WarmPages registers the metrics of the pages that are kept warm, and of the requests for
// them.
func (m *Registry) WarmPages(w *warm.Warmer) {
	const wanted, ready = "warm_pages_wanted", "warm_pages"
	const wantedHelp, readyHelp = "Pages of collections that are to be in memory now, or for a turn that is near.", "Pages of collections that are in memory, fresh and untouched, of those in marquee_warm_pages_wanted."
	for i, kind := range warmKinds {
		m.gauge(wanted, wantedHelp, func() float64 { return float64([2]int{w.Stats().Wanted, w.Stats().Turning}[i]) }, "kind", kind)
		m.gauge(ready, readyHelp, func() float64 { return float64([2]int{w.Stats().Warm, w.Stats().Prepared}[i]) }, "kind", kind)
	}
	m.registry.MustRegister(collectionRequests{w.Asked()})
}

// collectionRequests are the requests for pages of collections. The collections with a series
// of their own change.
type collectionRequests struct{ asked *warm.Asked }

var collectionRequestsDesc = prometheus.NewDesc(namespace+"_collection_requests_total",
	"Requests for pages of collections, by the result of the cache: hit, collapsed (it waited for a read that was under way), miss. The 20 active collections with most requests have their own series. All others, and the lists of collections, are "+otherCollections+".",
	[]string{"collection", "result"}, nil)

// otherCollections is no id of a collection.
const otherCollections = "(other)"

// Describe implements prometheus.Collector.
func (collectionRequests) Describe(descs chan<- *prometheus.Desc) { descs <- collectionRequestsDesc }

// Collect implements prometheus.Collector.
func (c collectionRequests) Collect(metrics chan<- prometheus.Metric) {
	c.asked.Served(func(set string, as warm.Result, requests int64) {
		if set == "" {
			set = otherCollections
		}
		metrics <- prometheus.MustNewConstMetric(collectionRequestsDesc, prometheus.CounterValue, float64(requests), set, warmResults[as])
	})
}

// warmResults are the values of the label result.
var warmResults = [...]string{warm.Hit: "hit", warm.Collapsed: "collapsed", warm.Miss: "miss"}
