package param

import (
	"slices"
	"strings"

	"marquee/api/problem"
	"marquee/api/querystring"
	"marquee/storage"
	"marquee/storage/spelling"
)

// Parameter describes a query parameter. The OpenAPI document, the parser and, for
// lists, meta use the same description.
type Parameter struct {
	Name string
	// Default is the value that an absent parameter counts as, "" for no effect.
	Default string
	// Allowed says in words which values are accepted.
	Allowed string
	// Doc is the meaning, in a sentence fragment.
	Doc string
	// Required is true for a parameter without which a request is refused.
	Required bool
	// List is true for a list of items separated by commas.
	List bool
	// Shown is true when meta shows the parameter as "" if it is absent.
	Shown bool
	// Applied is true when meta shows the applied value even if it is absent.
	Applied bool
	// Answered is true when meta has the answer to the parameter in its place.
	Answered bool
	// Filter is the storage filter that the parameter sets, nil for others.
	Filter *storage.Filter
}

// set is the parameters of one kind of endpoint. They are parsed into a T, which
// embeds a Request.
type set[T any] struct {
	parameters []Parameter
	// read has, for each parameter, the function that parses a value into the T.
	read []func(p *T, value string) []querystring.Fault
	// blank returns a T before parsing.
	blank func() *T
	// request returns the Request in the T.
	request func(p *T) *Request
	// foreign are parameters of other requests, which are refused with the reason
	// notHere.
	foreign []string
	notHere string
	// finish parses what depends on more than one parameter. Nil does nothing.
	finish func(p *T) []querystring.Fault
}

func newSet[T any](blank func() *T, request func(p *T) *Request) *set[T] {
	return &set[T]{blank: blank, request: request}
}

// add appends a parameter and the function that parses its values.
func (s *set[T]) add(p Parameter, read func(p *T, value string) []querystring.Fault) {
	s.parameters = append(s.parameters, p)
	s.read = append(s.read, read)
}

// parse parses a query string. It finds every fault, up to storage.MaxFaults: to
// look for nearest names is too expensive to do it thousands of times. The error is
// the problem to answer with. With faults, the T holds what was parsed without
// them; it is nil if the query string is too long.
func (s *set[T]) parse(path, raw string) (*T, error) {
	if len(raw) > maxQuery {
		return nil, problem.New(problem.QueryTooLong, "the query string has %d bytes; at most %d are allowed", len(raw), maxQuery)
	}
	pairs, faults := querystring.Split(raw)
	p := s.parsePairs(path, pairs)
	r := s.request(p)
	r.faults = append(faults, r.faults...)
	return p, r.refusal()
}

// maxQuery bounds the query string, in bytes.
const maxQuery = 8 << 10

func (s *set[T]) parsePairs(path string, pairs []querystring.Pair) *T {
	p := s.blank()
	r := s.request(p)
	r.path, r.parameters, r.pairs, r.set = path, s.parameters, pairs, s
	for i, k := range s.parameters {
		if k.Default != "" {
			s.read[i](p, k.Default)
		}
	}
	first := map[string]int{}
	for i, pair := range pairs {
		if len(r.faults) >= storage.MaxFaults {
			break
		}
		for _, f := range s.parsePair(p, i, first) {
			r.faults = append(r.faults, f.At(pair.Name, i))
		}
	}
	if s.finish != nil {
		r.faults = append(r.faults, s.finish(p)...)
	}
	if len(r.faults) == 0 {
		r.pairs = r.canonical()
	}
	return p
}

// accepts reports whether pairs have no faults.
func (s *set[T]) accepts(path string, pairs []querystring.Pair) bool {
	return len(s.request(s.parsePairs(path, pairs)).faults) == 0
}

// parsePair parses the pair with index i. first maps each name to the index of its
// first pair.
func (s *set[T]) parsePair(p *T, i int, first map[string]int) []querystring.Fault {
	r := s.request(p)
	pair := r.pairs[i]
	at := slices.IndexFunc(s.parameters, func(k Parameter) bool { return k.Name == pair.Name })
	before, twice := first[pair.Name]
	if !twice {
		first[pair.Name] = i
	}
	switch {
	case slices.Contains(s.foreign, pair.Name):
		return []querystring.Fault{querystring.Bad(pair.Value, s.notHere).Drop()}
	case at < 0:
		return []querystring.Fault{r.unknown(pair)}
	case twice:
		return []querystring.Fault{r.repeated(s.parameters[at], before, pair)}
	case pair.Value == "":
		return []querystring.Fault{querystring.Bad("", "must not be empty; omit it for the default").Drop()}
	}
	faults := s.read[at](p, pair.Value)
	for j := range faults {
		if faults[j].Allowed == "" {
			faults[j].Allowed = s.parameters[at].Allowed
		}
	}
	return faults
}

// unknown returns the fault of a parameter that the endpoint does not have.
func (r *Request) unknown(pair querystring.Pair) querystring.Fault {
	var names []string
	for _, k := range r.parameters {
		names = append(names, k.Name)
	}
	f := querystring.Bad(pair.Value, "is not a parameter of this request")
	f.Allowed, f.Nearest = strings.Join(names, ", "), spelling.Nearest(pair.Name, names)
	if _, given := r.Given(f.Nearest); f.Nearest != "" && !given {
		f = f.Rename(f.Nearest)
	}
	return f
}

// repeated returns the fault of a parameter that was given before. Its fix joins
// lists, and drops the repetition of an equal value.
func (r *Request) repeated(k Parameter, before int, pair querystring.Pair) querystring.Fault {
	f := querystring.Bad(pair.Value, "is given twice")
	switch {
	case r.pairs[before].Value == pair.Value:
		return f.Drop()
	case k.List:
		f.Reason += "; separate the items of a list by commas"
		return f.Merge(before)
	}
	return f
}

// perNoun returns a function that returns the set of a noun, made once for the
// nouns of package storage.
func perNoun[T any](newSet func(*storage.Noun) *set[T]) func(*storage.Noun) *set[T] {
	sets := map[*storage.Noun]*set[T]{}
	for _, n := range storage.Nouns {
		sets[n] = newSet(n)
	}
	return func(n *storage.Noun) *set[T] {
		if s := sets[n]; s != nil {
			return s
		}
		return newSet(n)
	}
}
