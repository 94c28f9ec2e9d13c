package api

import (
	"net/http"
	"slices"
	"strconv"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/storage"
)

// counterRoutes are the paths of what users think of objects and how often they
// view them, for the nouns that count it: those below the object and, as for every
// write, below the singular word. A part's views are counted at its nested path
// too, as it is read there.
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
				routes = append(routes, Route{Template: object + "/" + v.word, Kind: VotePath, Noun: n, Variables: own,
					actions: map[string]action{v.method: voting(v.vote)}})
			}
		}
	}
	if !n.Viewed() {
		return routes
	}
	views := Route{Kind: ViewsPath, Noun: n, Variables: own, actions: map[string]action{http.MethodPost: (*API).view}}
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

// voting is the action that sets the user's vote.
func voting(v storage.Vote) action {
	return func(a *API, c *call) (*reply, error) {
		if err := c.readNoObject(); err != nil {
			return nil, err
		}
		if err := a.catalogue.Vote(c.ctx, c.route.Noun, c.id(), c.user.Name, v); err != nil {
			return nil, err
		}
		return a.counterReply(), nil
	}
}

// view counts one view. The object is looked up first, which costs a row: what
// does not exist would wait in memory with the others.
func (a *API) view(c *call) (*reply, error) {
	if err := c.readNoObject(); err != nil {
		return nil, err
	}
	if _, err := a.catalogue.Get(c.ctx, c.route.Noun, c.id(), c.parents()); err != nil {
		return nil, err
	}
	if a.views != nil {
		a.views.Add(c.route.Noun, c.id())
	}
	return a.counterReply(), nil
}

// counterReply answers a vote or a view. It makes no version; what every write tells is
// the present one.
func (a *API) counterReply() *reply {
	rep := &reply{status: http.StatusNoContent, header: http.Header{}}
	if a.versions != nil {
		rep.header.Set("Catalogue-Version", strconv.FormatInt(a.versions.Version(), 10))
	}
	return rep
}

// readNoObject reads a request that says everything by its path: it has no
// parameters, and no body but an empty envelope.
func (c *call) readNoObject() error {
	err := param.ParseNone(c.path(), c.query())
	return problem.Join(err, c.readNothing())
}
