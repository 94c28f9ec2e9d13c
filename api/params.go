package api

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"marquee/api/problem"
	"marquee/storage"
	"marquee/storage/spelling"
)

// Parameter describes a query parameter: this is the one place where it is
// documented, read and, for lists, shown in meta.
type Parameter struct {
	Name string
	// Default is what an absent parameter counts as, "" for no effect.
	Default string
	// Allowed says in words what is taken.
	Allowed string
	// Doc is the parameter's meaning in a sentence fragment.
	Doc string
	// List says that the value is a list, separated by commas.
	List bool
	// Shown says that meta shows it, as "", even when it is absent.
	Shown bool
	// Applied says that meta shows what was applied, whether or not it was given.
	Applied bool
	// Filter is the storage filter that it fills, nil for others.
	Filter *storage.Filter

	read func(a *asked, value string) []fault
}

// asked is what the query string of a request asks for.
type asked struct {
	noun *storage.Noun
	// query is filled for lists, but for noun and parents.
	query storage.Query
	// fields narrows the objects of lists and single objects; nil for all.
	fields *projection
	// cascade is for deletions.
	cascade bool
	// since is for the log of changes, before for the history of an object, limit
	// for both.
	since, before int64
	limit         int
	// cursor is for lists; it is opened when the rest is known.
	cursor string
	// offset is how many objects stand before the page, also on pages that a
	// cursor begins.
	offset int
	// pairs are the parameters as given, without tracking; in their normal form
	// once they are known to be good.
	pairs      []pair
	parameters []Parameter
	path       string
	faults     []fault
}

// given is the value of a parameter as the client wrote it.
func (a *asked) given(name string) (string, bool) {
	for _, p := range a.pairs {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

// ask reads the parameters that a path takes, and finds every fault, up to as
// many as are told: looking for nearest names is too dear to do it thousands
// of times for one query string.
func ask(path string, n *storage.Noun, parameters []Parameter, pairs []pair) *asked {
	a := &asked{noun: n, path: path, parameters: parameters, pairs: pairs}
	a.query.Noun = n
	for _, p := range parameters {
		if p.Default != "" {
			p.read(a, p.Default)
		}
	}
	first := map[string]int{}
	for i, p := range pairs {
		if len(a.faults) >= problem.MaxFaults {
			break
		}
		wrong := a.readPair(p, first, i)
		for j := range wrong {
			wrong[j].Parameter, wrong[j].at = storage.Excerpt(p.name), i
		}
		a.faults = append(a.faults, wrong...)
	}
	a.offset = a.query.Offset
	if n != nil && len(n.Searched) > 0 {
		a.faults = append(a.faults, a.openText()...)
	}
	a.faults = append(a.faults, a.openCursor(len(a.faults) > 0)...)
	if len(a.faults) == 0 {
		a.pairs = a.normal()
	}
	return a
}

// normal is the pairs in the form that all their spellings have: in the order of
// the parameters, each item of a list once, without those that say what is so
// without them and meta shows in any case.
func (a *asked) normal() []pair {
	var out []pair
	for _, p := range a.parameters {
		value, given := a.given(p.Name)
		if !given || p.Applied && value == a.standard(p) {
			continue
		}
		if p.List {
			value = strings.Join(distinct(strings.Split(value, ",")), ",")
		}
		out = append(out, pair{name: p.Name, value: value})
	}
	return out
}

// standard is what an absent parameter counts as. A ranked search has an order
// of its own.
func (a *asked) standard(p Parameter) string {
	if text := a.query.Text; p.Name == "sort" && text != nil && text.Kind == storage.Match {
		return storage.Relevance.Name
	}
	return p.Default
}

// readPair reads the i-th pair; first holds where each name came first.
func (a *asked) readPair(p pair, first map[string]int, i int) []fault {
	at := slices.IndexFunc(a.parameters, func(k Parameter) bool { return k.Name == p.name })
	before, twice := first[p.name]
	if !twice {
		first[p.name] = i
	}
	switch {
	case at < 0:
		return []fault{a.unknown(p)}
	case twice:
		return []fault{a.repeated(a.parameters[at], before, p)}
	case p.value == "":
		return []fault{bad("", "must not be empty; leave it out for the default").drop()}
	}
	wrong := a.parameters[at].read(a, p.value)
	for j := range wrong {
		if wrong[j].Allowed == "" {
			wrong[j].Allowed = a.parameters[at].Allowed
		}
	}
	return wrong
}

// unknown is the fault of a parameter that the path does not take.
func (a *asked) unknown(p pair) fault {
	var names []string
	for _, k := range a.parameters {
		names = append(names, k.Name)
	}
	f := bad(p.value, "is not a parameter of this request")
	f.Allowed, f.Nearest = strings.Join(names, ", "), spelling.Nearest(p.name, names)
	if _, taken := a.given(f.Nearest); f.Nearest != "" && !taken {
		f.mend = func(pairs []pair, at int) { pairs[at].name = f.Nearest }
	}
	return f
}

// repeated is the fault of a parameter that was given before. Lists can be
// joined, and saying the same twice means it once.
func (a *asked) repeated(k Parameter, before int, p pair) fault {
	f := bad(p.value, "is given twice")
	switch {
	case a.pairs[before].value == p.value:
		return f.drop()
	case k.List:
		f.Reason += "; separate the items of a list by commas"
		f.mend = func(pairs []pair, at int) {
			pairs[before].value += "," + pairs[at].value
			pairs[at].dropped = true
		}
	}
	return f
}

// fieldsParameter is the parameter that every read takes.
func fieldsParameter(n *storage.Noun) Parameter {
	return Parameter{
		Name: "fields", List: true, Shown: true,
		Allowed: "field names, or field names behind a -, separated by commas; dots lead into objects",
		Doc:     "only these fields; with a leading -, all but these; id is always there",
		read: func(a *asked, value string) []fault {
			p, faults := parseFields(n, value)
			a.fields = p
			return faults
		},
	}
}

// cascadeParameter is what deleting a noun with children takes.
func cascadeParameter(n *storage.Noun) Parameter {
	return Parameter{
		Name: "cascade", Default: "false", Allowed: "true, false",
		Doc: "delete the " + n.Children()[0].Plural + " and all below too",
		read: func(a *asked, value string) []fault {
			set, faults := parseFlag(value)
			a.cascade = set
			return faults
		},
	}
}

// maxChanges is the most changes of one reply.
const maxChanges = 1000

func changesParameters() []Parameter {
	return []Parameter{
		{
			Name: "since", Default: "0", Applied: true, Allowed: "a version of the catalogue, 0 or above",
			Doc: "the version behind which to begin",
			read: func(a *asked, value string) []fault {
				n, faults := parseWhole(value, 0, 1<<62)
				a.since = n
				return faults
			},
		},
		limitParameter("100", maxChanges, "how many changes at most; those of one version stay together"),
	}
}

// limitParameter bounds how much of a log or a history is read at once.
func limitParameter(standard string, most int, doc string) Parameter {
	return Parameter{
		Name: "limit", Default: standard, Applied: true, Allowed: "1-" + strconv.Itoa(most), Doc: doc,
		read: func(a *asked, value string) []fault {
			n, faults := parseWhole(value, 1, int64(most))
			a.limit = int(n)
			return faults
		},
	}
}

// parseFlag reads true or false.
func parseFlag(value string) (bool, []fault) {
	switch value {
	case "true", "false":
		return value == "true", nil
	}
	f := bad(value, "must be true or false")
	switch meant := strings.ToLower(strings.TrimSpace(value)); meant {
	case "1", "yes", "on", "t":
		f.Nearest = "true"
	case "0", "no", "off", "f":
		f.Nearest = "false"
	default:
		f.Nearest = spelling.Nearest(meant, []string{"true", "false"})
	}
	if f.Nearest != "" {
		f = f.set(f.Nearest)
	}
	return false, []fault{f}
}

// parseWhole reads a whole number within bounds.
func parseWhole(value string, low, high int64) (int64, []fault) {
	n, ok := whole(value)
	if ok && n >= low && n <= high {
		return n, nil
	}
	f := bad(value, fmt.Sprintf("must be an integer from %d to %d", low, high))
	if signless, ok := looseWhole(value); ok {
		f = f.set(strconv.FormatInt(min(max(signless, low), high), 10))
	}
	return low, []fault{f}
}
