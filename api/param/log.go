package param

import (
	"slices"
	"strconv"
	"strings"

	"marquee/api/querystring"
	"marquee/api/value"
	"marquee/storage"
	"marquee/storage/spelling"
)

// Changes are the parameters of a read of the change log.
type Changes struct {
	Request
	// Since is the version after which the changes begin.
	Since int64
	// Limit is the number of changes at most. Those of one version stay together.
	Limit int
	// Nouns are the nouns whose changes are wanted, nil for all.
	Nouns []*storage.Noun
}

const (
	// maxChanges is the most changes of one reply.
	maxChanges = 1000
	// maxEvents is the most events of one reply, which is all that the store keeps
	// of an object.
	maxEvents = 100
	// maxVersion is above every version that the catalogue can reach.
	maxVersion = 1 << 62
)

// changesSet is for the log as JSON, streamSet for the log as a stream.
var changesSet, streamSet = newChangesSet(), newStreamSet()

func newChangesSet() *set[Changes] {
	s := newSet(func() *Changes { return &Changes{} }, func(p *Changes) *Request { return &p.Request })
	addSince(s, "0")
	s.add(limitOf(100, maxChanges, "largest number of changes; all changes of a version are returned together; not for a stream"),
		func(p *Changes, v string) []querystring.Fault { return parseLimit(&p.Limit, v, maxChanges) })
	addNouns(s)
	return s
}

func newStreamSet() *set[Changes] {
	s := newSet(func() *Changes { return &Changes{} }, func(p *Changes) *Request { return &p.Request })
	addSince(s, "")
	addNouns(s)
	s.foreign, s.notHere = []string{"limit"}, "is not for a stream, which has no pages; leave it out"
	return s
}

// addSince adds the parameter since.
func addSince(s *set[Changes], standard string) {
	s.add(Parameter{
		Name: "since", Default: standard, Applied: standard != "", Allowed: "a version of the catalogue, 0 or above",
		Doc: "the version after which the changes begin; a stream without it begins now",
	}, func(p *Changes, v string) (faults []querystring.Fault) {
		p.Since, faults = value.Whole(v, 0, maxVersion)
		return faults
	})
}

// addNouns adds the parameter noun.
func addNouns(s *set[Changes]) {
	var names []string
	for _, n := range storage.Nouns {
		names = append(names, n.Plural)
	}
	allowed := strings.Join(names, ", ")
	s.add(Parameter{
		Name: "noun", List: true, Allowed: "a list of " + allowed, Doc: "only changes of these nouns",
	}, func(p *Changes, v string) []querystring.Fault {
		items, faults := value.Items(v)
		for _, item := range value.Distinct(items) {
			i := slices.Index(names, item)
			switch {
			case i >= 0:
				p.Nouns = append(p.Nouns, storage.Nouns[i])
			case item == "" || strings.TrimSpace(item) != item: // Items has said so
			case len(faults) < storage.MaxFaults:
				faults = append(faults, unknownNoun(item, names))
			}
		}
		return faults
	})
}

// unknownNoun returns the fault of an item that is none of the plurals. The change log itself
// has the singular.
func unknownNoun(item string, plurals []string) querystring.Fault {
	f := querystring.BadItem(item, "must be one of "+strings.Join(plurals, ", "))
	if n := storage.NounByName(strings.ToLower(item)); n != nil {
		f.Nearest = n.Plural
	} else {
		f.Nearest = spelling.Nearest(strings.ToLower(item), plurals)
	}
	if f.Nearest != "" {
		f = f.Replace(item, f.Nearest)
	}
	return f
}

// ParseChanges parses the query string of a read of the change log.
func ParseChanges(path, raw string) (*Changes, error) {
	return changesSet.parse(path, raw)
}

// ParseStream parses the query string of a stream of the change log. It takes no limit.
func ParseStream(path, raw string) (*Changes, error) {
	return streamSet.parse(path, raw)
}

// OfChanges describes the parameters of a read of the change log.
func OfChanges() []Parameter { return changesSet.parameters }

// NextLink returns the Link to the changes after a version.
func (p *Changes) NextLink(since int64) string {
	var more []querystring.Pair
	if nouns, given := p.Given("noun"); given {
		more = append(more, querystring.Pair{Name: "noun", Value: nouns})
	}
	return p.logLink("since", since, p.Limit, more...)
}

// History are the parameters of a read of an object's history.
type History struct {
	Request
	// Before is the version before which the events end, 0 for all up to now.
	Before int64
	// Limit is the number of events at most.
	Limit int
}

var historySet = newHistorySet()

func newHistorySet() *set[History] {
	s := newSet(func() *History { return &History{} }, func(p *History) *Request { return &p.Request })
	s.add(Parameter{
		Name: "before", Allowed: "a version of the catalogue, 1 or above",
		Doc: "only events before this version; without it, all events",
	}, func(p *History, v string) (faults []querystring.Fault) {
		p.Before, faults = value.Whole(v, 1, maxVersion)
		return faults
	})
	s.add(limitOf(20, maxEvents, "largest number of events"),
		func(p *History, v string) []querystring.Fault { return parseLimit(&p.Limit, v, maxEvents) })
	return s
}

// ParseHistory parses the query string of a read of an object's history.
func ParseHistory(path, raw string) (*History, error) {
	return historySet.parse(path, raw)
}

// OfHistory describes the parameters of a read of an object's history.
func OfHistory() []Parameter { return historySet.parameters }

// NextLink returns the Link to the events before a version.
func (p *History) NextLink(before int64) string {
	return p.logLink("before", before, p.Limit)
}

// logLink returns the Link to the next part of a log. It names the limit even if it
// is the default.
func (r *Request) logLink(name string, version int64, limit int, more ...querystring.Pair) string {
	return link("next", querystring.Target(r.path, append([]querystring.Pair{
		{Name: name, Value: strconv.FormatInt(version, 10)},
		{Name: "limit", Value: strconv.Itoa(limit)},
	}, more...)))
}

// limitOf describes the parameter limit of an endpoint.
func limitOf(standard, most int, doc string) Parameter {
	return Parameter{Name: "limit", Default: strconv.Itoa(standard), Applied: true, Allowed: "1-" + strconv.Itoa(most), Doc: doc}
}

func parseLimit(limit *int, v string, most int64) []querystring.Fault {
	n, faults := value.Whole(v, 1, most)
	*limit = int(n)
	return faults
}
