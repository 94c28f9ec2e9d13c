// Package route is the table of routes: the paths of the API with their methods,
// parameters and access. The handlers and the OpenAPI document both use it.
package route

import (
	"net/http"
	"slices"
	"strings"

	"marquee/api/body"
	"marquee/api/param"
	"marquee/storage"
)

// Base is the path of version 2.0 of the API.
const Base = "/2.0"

// Kind is the kind of a path.
type Kind int

// The kinds of path.
const (
	List     Kind = iota // all objects of a noun, or the objects of one parent
	Object               // one object
	Singular             // the singular word: only creates
	Edit                 // the singular word with an id: only updates and deletes
	Films                // the objects that the rule of an object selects
	Prospect             // what such an object is going to show
	Suggest              // labels that somebody may be typing
	Changes              // the change log
	Bulk                 // several writes at once
	Vote                 // a user's vote for an object
	Views                // the views of an object
	History              // the history of an object
	Restore              // an earlier state of an object
	Grants               // all apps or tokens
	Grant                // one app or token
	Rotate               // the secrets of one app or token
	Live                 // whether the process runs
	Ready                // whether the process can answer requests
)

// Route is a path and its methods.
type Route struct {
	// Number is the index of the route in the table.
	Number int
	// Template is the path. Its variables are the IDName of nouns:
	// /2.0/series/{serie_id}/seasons.
	Template string
	Kind     Kind
	// Noun is the kind of object that the path reads and writes, nil for other paths.
	Noun *storage.Noun
	// Grant is App or Token for paths that manage these, nil for other paths.
	Grant *Credential
	// Vote is the vote that a path of the kind Vote sets.
	Vote storage.Vote
	// Form describes the object in the body of a POST that writes no noun, nil for
	// other paths.
	Form *body.Form
	// Variables are the nouns whose ids the path names, outermost first.
	Variables []*storage.Noun

	// methods are the path's methods without HEAD and OPTIONS.
	methods []string
}

// Takes reports whether the path has a method. It has HEAD wherever it has GET.
func (r *Route) Takes(method string) bool {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return slices.Contains(r.methods, method)
}

// Methods returns all methods of the path, sorted, with HEAD and OPTIONS.
func (r *Route) Methods() []string {
	methods := append(slices.Clone(r.methods), http.MethodOptions)
	if r.Takes(http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return methods
}

// Parameters describes the query parameters of a method, in the order of meta.
func (r *Route) Parameters(method string) []param.Parameter {
	if !r.Takes(method) {
		return nil
	}
	switch method {
	case http.MethodGet, http.MethodHead:
		switch r.Kind {
		case List:
			return param.OfList(r.Noun)
		case Object:
			return param.OfObject(r.Noun)
		case Films:
			return param.OfFilms(r.Noun)
		case Prospect:
			return param.OfProspect(r.Noun)
		case Suggest:
			return param.OfSuggest()
		case Changes:
			return param.OfChanges()
		case History:
			return param.OfHistory()
		case Grants:
			return param.OfPage()
		}
	case http.MethodPost:
		if r.Kind == Bulk {
			return param.OfBulk()
		}
	case http.MethodDelete:
		if r.Kind == Object || r.Kind == Edit {
			return param.OfDeletion(r.Noun)
		}
	}
	return nil
}

// Singular reports whether the path begins with the singular word of its noun. It
// then repeats what the plural paths do.
func (r *Route) Singular() bool {
	return r.Noun != nil && strings.HasPrefix(r.Template+"/", Base+"/"+r.Noun.Name+"/")
}

// Parents returns the number of Variables that are parents of the noun.
func (r *Route) Parents() int {
	if r.Kind == List {
		return len(r.Variables)
	}
	return max(0, len(r.Variables)-1)
}
