package route

import (
	"net/http"
	"slices"

	"marquee/api/body"
	"marquee/storage"
)

// Table returns the routes. A noun has its routes because package storage describes
// it.
func Table() []Route {
	var routes []Route
	for _, n := range storage.Nouns {
		routes = append(routes, nounRoutes(n)...)
		routes = append(routes, counterRoutes(n)...)
		routes = append(routes, historyRoutes(n)...)
		routes = append(routes, filmRoutes(n)...)
	}
	routes = append(routes, credentialRoutes(App)...)
	routes = append(routes, credentialRoutes(Token)...)
	routes = append(routes,
		Route{Template: Base + "/suggest", Kind: Suggest, methods: reads},
		Route{Template: Base + "/changes", Kind: Changes, methods: reads},
		Route{Template: Base + "/bulk", Kind: Bulk, methods: creates},
		Route{Template: "/livez", Kind: Live, methods: reads},
		Route{Template: "/readyz", Kind: Ready, methods: reads},
	)
	for i := range routes {
		routes[i].Number = i
	}
	return routes
}

// The methods of paths.
var (
	reads   = []string{http.MethodGet}
	creates = []string{http.MethodPost}
	edits   = []string{http.MethodPut, http.MethodDelete}
)

// collections returns the paths of a noun's lists: of all objects and, for a noun
// with parents, of the objects of one parent.
func collections(n *storage.Noun) (plural, nested string) {
	plural = Base + "/" + n.Plural
	if n.Parent() == nil {
		return plural, ""
	}
	nested = Base
	for _, p := range n.Parents {
		nested += "/" + p.Plural + "/{" + p.IDName() + "}"
	}
	return plural, nested + "/" + n.Plural
}

// nounRoutes returns the paths of lists and objects.
func nounRoutes(n *storage.Noun) []Route {
	id := "/{" + n.IDName() + "}"
	plural, nested := collections(n)
	singular := Base + "/" + n.Name
	own := []*storage.Noun{n}
	routes := []Route{
		{Template: singular, Kind: Singular, Noun: n, methods: creates},
		{Template: singular + id, Kind: Edit, Noun: n, Variables: own, methods: edits},
	}
	if nested == "" {
		return append(routes,
			Route{Template: plural, Kind: List, Noun: n, methods: slices.Concat(reads, creates)},
			Route{Template: plural + id, Kind: Object, Noun: n, Variables: own, methods: slices.Concat(reads, edits)})
	}
	return append(routes,
		Route{Template: plural, Kind: List, Noun: n, methods: reads},
		Route{Template: plural + id, Kind: Object, Noun: n, Variables: own, methods: reads},
		Route{Template: nested, Kind: List, Noun: n, Variables: n.Parents, methods: slices.Concat(reads, creates)},
		Route{Template: nested + id, Kind: Object, Noun: n, Variables: slices.Concat(n.Parents, own), methods: slices.Concat(reads, edits)})
}

// counterRoutes returns the paths of votes and views, for nouns that count them:
// below the plural and the singular word. Views of a noun with parents also have a
// nested path, because its objects are read there.
func counterRoutes(n *storage.Noun) []Route {
	id := "/{" + n.IDName() + "}"
	plural, nested := collections(n)
	objects := []string{plural + id, Base + "/" + n.Name + id}
	own := []*storage.Noun{n}
	var routes []Route
	if n.Voted() {
		for _, v := range []struct {
			word, method string
			vote         storage.Vote
		}{{"like", http.MethodPut, storage.Like}, {"dislike", http.MethodPut, storage.Dislike}, {"vote", http.MethodDelete, storage.None}} {
			for _, object := range objects {
				routes = append(routes, Route{Template: object + "/" + v.word, Kind: Vote, Noun: n, Vote: v.vote, Variables: own, methods: []string{v.method}})
			}
		}
	}
	if !n.Viewed() {
		return routes
	}
	views := Route{Kind: Views, Noun: n, Variables: own, methods: creates}
	for _, object := range objects {
		views.Template = object + "/views"
		routes = append(routes, views)
	}
	if nested != "" {
		views.Template, views.Variables = nested+id+"/views", slices.Concat(n.Parents, own)
		routes = append(routes, views)
	}
	return routes
}

// historyRoutes returns the paths of an object's history, and of restoring an
// earlier state, which like every write also has the singular word.
func historyRoutes(n *storage.Noun) []Route {
	id := "/{" + n.IDName() + "}"
	plural, _ := collections(n)
	own := []*storage.Noun{n}
	routes := []Route{{Template: plural + id + "/history", Kind: History, Noun: n, Variables: own, methods: reads}}
	for _, object := range []string{plural + id, Base + "/" + n.Name + id} {
		routes = append(routes, Route{Template: object + "/restore", Kind: Restore, Noun: n, Form: restoreForm, Variables: own, methods: creates})
	}
	return routes
}

// filmRoutes returns the paths of the objects that a noun's objects select by a rule, and of
// what editors see of these before the public does.
func filmRoutes(n *storage.Noun) []Route {
	var routes []Route
	plural, _ := collections(n)
	for _, f := range n.Fields {
		if selected := storage.NounByName(f.Type.Query); selected != nil {
			one, own := plural+"/{"+n.IDName()+"}", []*storage.Noun{n}
			routes = append(routes,
				Route{Template: one + "/" + selected.Plural, Kind: Films, Noun: selected, Variables: own, methods: reads},
				Route{Template: one + "/plan", Kind: Prospect, Noun: n, Variables: own, methods: reads})
		}
	}
	return routes
}

// restoreForm is the body of a request to restore an object.
var restoreForm = &body.Form{
	Name: "restore", Doc: "The state of the object to restore.",
	Fields: []storage.Field{{
		Name: "version", Required: true, Doc: "version of the state, as replaced or version in the object's history",
		Type: &storage.Type{Kind: storage.Integer, Min: 1, Max: 1<<53 - 1}, // JSON readers hold larger integers inexactly
	}},
}
