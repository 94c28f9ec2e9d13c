package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"marquee/api/body"
	"marquee/api/param"
	"marquee/api/problem"
	"marquee/api/route"
	"marquee/storage"
	"marquee/storage/credential"
)

// call is a request on the way through its action.
type call struct {
	r     *http.Request
	w     http.ResponseWriter
	route *route.Route
	// ids are the ids that the path names, outermost first.
	ids []string
	// atLeast is the version of Min-Version, 0 without the header.
	atLeast int64
	// user is the caller, nil for the public.
	user *credential.User
	// at is the instant at which periods are looked at.
	at time.Time
	// ctx carries the deadline for the store.
	ctx     context.Context
	cancel  context.CancelFunc
	timeout time.Duration
	// synonyms are those of searches by words, nil for none.
	synonyms storage.Synonyms
}

// withSynonyms makes a search by words apply synonyms.
func (c *call) withSynonyms(q *storage.Query) {
	if q.Text != nil && q.Text.Kind == storage.Match {
		text := *q.Text // the query of a rule has several users
		text.Synonyms = c.synonyms
		q.Text = &text
	}
}

// id returns the id of the object that the path names.
func (c *call) id() string { return c.ids[len(c.ids)-1] }

// parents returns the ids of the parents that the path names, nil without any.
func (c *call) parents() []string {
	if n := c.route.Parents(); n > 0 {
		return c.ids[:n]
	}
	return nil
}

// path returns the path of the request in its normal form.
func (c *call) path() string { return c.r.URL.EscapedPath() }

// query returns the query string of the request as sent.
func (c *call) query() string { return c.r.URL.RawQuery }

// restart gives the store its full time. The time that a client took to send a body
// does not count.
func (c *call) restart() {
	if c.cancel != nil {
		c.cancel()
	}
	c.ctx, c.cancel = context.WithTimeout(c.r.Context(), c.timeout)
}

// expressionFactor is how many times as long a search by an expression may take as
// other requests: its budget of work, not the time, decides whether it is refused. The
// budget lasts up to three seconds on an idle machine.
const expressionFactor = 4

// extend gives a search by an expression its longer time.
func (c *call) extend(q *storage.Query) {
	if q.ByExpression() {
		c.timeout *= expressionFactor
		c.restart()
	}
}

// parseIDs parses the variables of the path. An id of another form than the noun's
// cannot exist.
func (c *call) parseIDs(vars map[string]string) error {
	for _, n := range c.route.Variables {
		id, err := url.PathUnescape(vars[n.IDName()])
		if err != nil || !n.ValidID(id) {
			return problem.NotFoundf("there is no %s %q: an id is %s", n.Name, storage.Excerpt(id), n.IDForm())
		}
		c.ids = append(c.ids, id)
	}
	if c.route.Grant == route.Token {
		return checkTokenID(vars)
	}
	return nil
}

// format returns the format of the request's body.
func (c *call) format() *body.Format {
	if c.route.Kind == route.Bulk {
		return body.Lines
	}
	return body.JSON
}

// readBody reads the body, nil without one.
func (c *call) readBody() ([]byte, error) {
	data, err := c.format().Read(c.w, c.r)
	if err == nil && c.r.ContentLength != 0 {
		c.restart()
	}
	return data, err
}

// parseEmpty parses a request that says everything in its path: it has no query
// parameters, and no body but an empty envelope.
func (c *call) parseEmpty() error {
	return problem.Join(param.ParseNone(c.path(), c.query()), c.parseEmptyBody())
}

// parseEmptyBody parses a body without an object.
func (c *call) parseEmptyBody() error {
	data, err := c.readBody()
	if err != nil {
		return err
	}
	return body.ParseEmpty(data)
}
