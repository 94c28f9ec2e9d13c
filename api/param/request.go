// Package param parses the query strings of requests. Each kind of endpoint has a
// struct of its parameters, a function that parses them, and one that describes
// them for the OpenAPI document.
package param

import (
	"errors"
	"slices"
	"strings"
	"time"

	"marquee/api/problem"
	"marquee/api/querystring"
	"marquee/api/value"
	"marquee/storage"
)

// Request is a query string with the parameters that its endpoint has.
type Request struct {
	path       string
	parameters []Parameter
	// At is the instant of the parameter at, zero without it.
	At time.Time
	// pairs are the parameters as given, in canonical form if there are no faults.
	pairs  []querystring.Pair
	faults []querystring.Fault
	set    acceptor
	// defaultSort is the default of the parameter sort, "" for that of its
	// description.
	defaultSort string
}

// acceptor is the set of a request.
type acceptor interface {
	accepts(path string, pairs []querystring.Pair) bool
}

// Given returns the value of a parameter as the client wrote it.
func (r *Request) Given(name string) (string, bool) {
	if i := r.index(name); i >= 0 {
		return r.pairs[i].Value, true
	}
	return "", false
}

// index returns the index of the pair with a name, or -1.
func (r *Request) index(name string) int {
	return slices.IndexFunc(r.pairs, func(p querystring.Pair) bool { return p.Name == name })
}

// Parameters returns the parameters of the endpoint, in the order of meta.
func (r *Request) Parameters() []Parameter { return r.parameters }

// Target returns the canonical request target, which is the same for all spellings
// of a request. The request must have no faults.
func (r *Request) Target() string { return querystring.Target(r.path, r.pairs) }

// canonical returns the pairs in the form that is the same for all spellings: in
// the order of the parameters, each item of a list once, and without the default
// of an Applied parameter.
func (r *Request) canonical() []querystring.Pair {
	var out []querystring.Pair
	for _, p := range r.parameters {
		v, given := r.Given(p.Name)
		if !given || p.Applied && v == r.defaultOf(p) {
			continue
		}
		if p.List {
			v = strings.Join(value.Distinct(strings.Split(v, ",")), ",")
		}
		out = append(out, querystring.Pair{Name: p.Name, Value: v})
	}
	return out
}

func (r *Request) defaultOf(p Parameter) string {
	if p.Name == "sort" && r.defaultSort != "" {
		return r.defaultSort
	}
	return p.Default
}

// refusal returns the problem of the faults, nil without faults.
func (r *Request) refusal() error {
	if len(r.faults) == 0 {
		return nil
	}
	var faults []storage.Fault
	for _, f := range r.faults {
		faults = append(faults, f.Fault)
	}
	p := problem.Invalid(problem.InvalidParameter, faults)
	p.Corrected = r.corrected()
	return p
}

// corrected returns the target with every fault fixed, "" when there is no fix for
// one of them or the result has faults again.
func (r *Request) corrected() string {
	fixed, ok := querystring.Fix(r.pairs, r.faults)
	if !ok || !r.set.accepts(r.path, fixed) {
		return ""
	}
	return querystring.Target(r.path, fixed)
}

// WithStoreFaults adds the faults that the store found in parameters, and returns
// the problem of all faults. Another error is returned unchanged.
func (r *Request) WithStoreFaults(err error) error {
	e, ok := errors.AsType[*storage.Error](err)
	if !ok || e.Code != storage.Invalid {
		return err
	}
	for _, f := range e.Faults {
		r.faults = append(r.faults, r.storeFault(f))
	}
	return r.refusal()
}

// storeFault returns a fault of the store with its pair and its fix.
func (r *Request) storeFault(stored storage.Fault) querystring.Fault {
	f := querystring.Fault{Fault: stored}.At(stored.Parameter, r.index(stored.Parameter))
	all := ""
	if i := slices.IndexFunc(r.parameters, func(p Parameter) bool { return p.Name == stored.Parameter }); i >= 0 {
		f.Item, all = r.parameters[i].List, r.parameters[i].Default
	}
	switch {
	case all != "" && strings.EqualFold(f.Value, all): // which the store does not know
		return f.Suggest(all)
	case f.Nearest != "":
		return f.Replace(f.Value, f.Nearest)
	}
	return f
}
