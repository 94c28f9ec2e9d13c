// Package rule reads the rules of collections: query strings of lists that an object has
// as a field. They are parsed and checked as requests are.
package rule

import (
	"errors"
	"strings"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/api/route"
	"marquee/storage"
	"marquee/storage/edit"
)

// Rule is a parsed rule.
type Rule struct {
	// Query finds the objects. It is lenient: what the rule names may be deleted after the
	// rule is stored. The caller chooses the page.
	Query storage.Query
	// Target is the canonical request target of the list.
	Target string
}

// Parse parses a stored rule about objects of a noun. The error is that of a rule which an
// earlier release accepted.
func Parse(n *storage.Noun, text string) (*Rule, error) {
	list, err := parse(n, text)
	if err != nil {
		return nil, err
	}
	list.Query.Lenient = true
	return &Rule{Query: list.Query, Target: list.Target()}, nil
}

func parse(n *storage.Noun, text string) (*param.List, error) {
	return param.ParseSelection(n, route.Base+"/"+n.Plural, text)
}

// Check adds the faults of rules to an edit. It replaces an empty rule by none. With try,
// it also finds what only the store knows: try answers a query, and its faults are added.
// Another error of try is returned.
func Check(e *edit.Edit, try func(*storage.Query) error) error {
	for _, f := range e.Noun.FieldsFrom(storage.Client) {
		text, given := e.Values[f.Name].(string)
		switch {
		case f.Type.Query == "" || !given:
			continue
		case text == "":
			e.Values[f.Name] = nil
			continue
		}
		faults, err := Faults(storage.NounByName(f.Type.Query), text, try)
		if err != nil {
			return err
		}
		for _, fault := range faults {
			fault.Pointer = "/" + f.Name
			e.Faults = append(e.Faults, fault)
		}
	}
	return nil
}

// Faults returns the faults of a rule about objects of a noun. With try, it also finds what only
// the store knows; see Check.
func Faults(n *storage.Noun, text string, try func(*storage.Query) error) ([]storage.Fault, error) {
	var faults []storage.Fault
	if rest, marked := strings.CutPrefix(text, "?"); marked {
		faults, text = []storage.Fault{{Value: storage.Excerpt(text), Reason: "must not begin with ?; leave it out"}}, rest
	}
	list, err := parse(n, text)
	if list != nil && try != nil {
		if refusal := tried(list, err == nil, try); refusal != nil {
			err = list.WithStoreFaults(refusal)
		}
	}
	if err == nil {
		return faults, nil
	}
	p, ok := errors.AsType[*problem.Problem](err)
	if !ok || len(p.Faults) == 0 {
		return nil, err
	}
	return append(faults, p.Faults...), nil
}

// tried returns the store's error for a list. Only an answer shows whether an expression is
// over its budget; of other lists the store reads no objects.
func tried(list *param.List, faultless bool, try func(*storage.Query) error) error {
	q := list.References()
	if faultless && list.Query.ByExpression() {
		whole := list.Query
		whole.Limit, q = 1, &whole
	}
	if q == nil {
		return nil
	}
	return try(q)
}
