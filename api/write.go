package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"marquee/api/body"
	"marquee/api/param"
	"marquee/api/problem"
	"marquee/api/route"
	"marquee/api/rule"
	"marquee/api/wire"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/schedule"
)

// Writer writes objects.
type Writer interface {
	// Write creates, updates or deletes an object. If it finds faults, it adds them to
	// those of w.Edit and returns all of them as storage.Invalid.
	Write(ctx context.Context, w *edit.Write) (*edit.Written, error)
}

// create creates an object.
func (a *API) create(c *call) (*reply, error) {
	key, err := idempotencyKey(c.r)
	if err != nil {
		return nil, err
	}
	e, data, err := a.parseEdit(c)
	if err != nil {
		return nil, err
	}
	w := &edit.Write{Operation: storage.Create, Edit: e}
	refused := slices.ContainsFunc(e.Faults, func(f storage.Fault) bool { return !f.InObject() })
	if key != "" && !refused { // the refused request may come again, without that query string
		w.Idempotency = &edit.Idempotency{Key: key, Digest: digest(c, data)}
	}
	written, err := a.write(c, w)
	if err != nil {
		return nil, err
	}
	rep, err := objectReply(c, written, http.StatusCreated, http.StatusCreated)
	if err != nil {
		return nil, err
	}
	location, err := locate(written.Object)
	rep.header.Set("Location", location)
	if written.Replayed {
		rep.header.Set("Idempotency-Replayed", "true")
	}
	return rep, err
}

// update changes an object by a merge patch.
func (a *API) update(c *call) (*reply, error) {
	if err := a.checkCondition(c); err != nil {
		return nil, err
	}
	e, _, err := a.parseEdit(c)
	if err != nil {
		return nil, err
	}
	written, err := a.write(c, &edit.Write{Operation: storage.Update, ID: c.id(), Edit: e, Condition: writeCondition(c.r)})
	if err != nil {
		return nil, err
	}
	return objectReply(c, written, http.StatusOK, http.StatusNoContent)
}

// remove deletes an object.
func (a *API) remove(c *call) (*reply, error) {
	if err := a.checkCondition(c); err != nil {
		return nil, err
	}
	p, err := param.ParseDeletion(c.route.Noun, c.path(), c.query())
	if err := problem.Join(err, c.parseEmptyBody()); err != nil {
		return nil, err
	}
	w := &edit.Write{Operation: storage.Delete, ID: c.id(), Condition: writeCondition(c.r), Cascade: p.Cascade}
	written, err := a.write(c, w)
	if err != nil {
		return nil, err
	}
	rep := &reply{status: http.StatusNoContent, header: writeHeader(written)}
	switch preferred := preferredReturn(c.r); preferred {
	case representation:
		rep.status, rep.body = http.StatusOK, []byte(`{"meta":{}}`)
		fallthrough
	case minimal:
		rep.header.Set("Preference-Applied", "return="+preferred)
	}
	return rep, nil
}

// write completes a write and sends it to the store.
func (a *API) write(c *call, w *edit.Write) (*edit.Written, error) {
	w.Noun, w.Parents, w.Who, w.At = c.route.Noun, c.parents(), c.user.Name, c.at
	written, err := a.config.Catalogue.Write(c.ctx, w)
	if err != nil {
		return nil, body.WholePointers(w.Noun, err)
	}
	if written.Object != nil {
		if _, err := schedule.Append(written.Object, c.at); err != nil {
			return nil, err
		}
	}
	return written, nil
}

// parseEdit parses the body of a creation or an update, and checks the rules in it. The
// faults of the query string, which takes no parameters here, join those of the body.
func (a *API) parseEdit(c *call) (*edit.Edit, []byte, error) {
	refusal := param.ParseNone(c.path(), c.query())
	p, ok := errors.AsType[*problem.Problem](refusal)
	if refusal != nil && (!ok || len(p.Faults) == 0) {
		return nil, nil, refusal
	}
	data, err := c.readBody()
	if err != nil {
		return nil, nil, problem.Join(refusal, err)
	}
	e, err := body.ParseEdit(data, c.route.Noun)
	switch {
	case err != nil:
		return nil, nil, problem.Join(refusal, err)
	case refusal != nil:
		e.Faults = append(slices.Clone(p.Faults), e.Faults...)
	}
	return e, data, rule.Check(e, func(q *storage.Query) error {
		c.extend(q)
		_, err := a.config.Catalogue.List(c.ctx, q)
		return err
	})
}

// writeHeader returns the header of every answer to a write.
func writeHeader(written *edit.Written) http.Header {
	return http.Header{"Catalogue-Version": {strconv.FormatInt(written.Version, 10)}}
}

// objectReply answers a write with the object, or without a body if the client prefers
// that. The ETag equals the ETag of a GET.
func objectReply(c *call, written *edit.Written, status, minimalStatus int) (*reply, error) {
	body, err := wire.Object(written.Object, nil, nil)
	if err != nil {
		return nil, err
	}
	rep := &reply{status: status, header: writeHeader(written), body: body}
	rep.header.Set("Etag", objectTag(written.Object.Version, body))
	preferred := preferredReturn(c.r)
	if preferred == minimal {
		rep.status, rep.body = minimalStatus, nil
	}
	if preferred != "" {
		rep.header.Set("Preference-Applied", "return="+preferred)
	}
	return rep, nil
}

// locate returns the canonical path of an object: with the plural, nested in its
// parents.
func locate(o *storage.Object) (string, error) {
	d, err := storage.ParseDocument(o.Noun, o.Body)
	if err != nil {
		return "", fmt.Errorf("locate %s %s: %w", o.Noun.Name, o.ID, err)
	}
	path := route.Base
	for _, p := range o.Noun.Parents {
		path += fmt.Sprintf("/%s/%s", p.Plural, d.Fields[p.IDName()])
	}
	return path + "/" + o.Noun.Plural + "/" + o.ID, nil
}

// checkCondition refuses a write without If-Match if Config.RequireIfMatch is set.
func (a *API) checkCondition(c *call) error {
	if a.config.RequireIfMatch && c.r.Header["If-Match"] == nil {
		return problem.New(problem.PreconditionRequired, "this write needs If-Match with the ETag of the object that you read")
	}
	return nil
}

// keyForm matches an idempotency key: visible ASCII.
var keyForm = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)

// idempotencyKey returns the value of the header, "" without it.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header["Idempotency-Key"]
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 || !keyForm.MatchString(values[0]) {
		return "", problem.Invalid(problem.InvalidHeader, []storage.Fault{{
			Parameter: "Idempotency-Key", Value: storage.Excerpt(strings.Join(values, ", ")),
			Reason: "must be one key of 1 to 255 visible ASCII characters",
		}})
	}
	return values[0], nil
}

// digest identifies a request. A key that comes with another digest is refused.
func digest(c *call, body []byte) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", c.r.Method, c.path())
	h.Write(body)
	return h.Sum(nil)
}
