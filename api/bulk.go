package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"marquee/api/body"
	"marquee/api/param"
	"marquee/api/problem"
	"marquee/api/rule"
	"marquee/api/wire"
	"marquee/cache/condition"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/schedule"
	"marquee/storage/textform"
)

// BulkWriter carries out several writes at once.
type BulkWriter interface {
	// Bulk carries out writes in order, all of them or none. If writes are refused, the
	// error is an *edit.BulkError.
	Bulk(ctx context.Context, b *edit.Bulk) (*edit.BulkWritten, error)
}

// bulkFactor is how many times as long a bulk may take as other requests: it has up to a
// thousand writes.
const bulkFactor = 4

// bulk carries out the writes of a body of lines.
func (a *API) bulk(c *call) (*reply, error) {
	key, err := idempotencyKey(c.r)
	if err != nil {
		return nil, err
	}
	p, err := param.ParseBulk(c.path(), c.query())
	if err != nil {
		return nil, err
	}
	data, err := c.readBody()
	if err != nil {
		return nil, err
	}
	lines, err := body.ParseLines(data, lineCondition)
	if err != nil {
		return nil, err
	}
	if err := a.spendLines(c, len(lines)); err != nil {
		return nil, err
	}
	c.timeout *= bulkFactor
	c.restart()
	b := &bulk{call: c, lines: lines, refusals: make([]lineRefusal, len(lines))}
	if err := a.checkLines(b); err != nil {
		return nil, err
	}
	request := &edit.Bulk{Who: c.user.Name, DryRun: p.DryRun, Writes: b.writes(), Answer: func(results []edit.Result) ([]byte, error) { return b.answer(results, p.DryRun) }}
	if key != "" && !p.DryRun { // a dry run stores nothing, so it may run again
		request.Idempotency = &edit.Idempotency{Key: key, Digest: digest(c, data)}
	}
	written, err := a.config.Catalogue.Bulk(c.ctx, request)
	if err != nil {
		return nil, b.refused(err)
	}
	rep := &reply{status: http.StatusOK, header: http.Header{"Catalogue-Version": {strconv.FormatInt(written.Version, 10)}}, body: written.Body}
	if written.Replayed {
		rep.header.Set("Idempotency-Replayed", "true")
	}
	return rep, nil
}

// bulk is a bulk on the way through its request.
type bulk struct {
	*call
	lines    []body.Line
	refusals []lineRefusal
	// genres are the ids of genres that earlier lines make, so that a later rule may name
	// them.
	genres map[string]bool
}

// lineRefusal is why a line is refused. It has no faults if the line is good.
type lineRefusal struct {
	kind   problem.Kind
	faults []storage.Fault
}

// lineCondition returns the condition of a line, which has the form of If-Match.
func lineCondition(text string) (c edit.Condition, ok bool) {
	values := []string{text}
	if condition.Any(values) {
		return c, true
	}
	for range condition.Tags(values) {
		ok = true
	}
	c.Match = versions(values, false)
	return c, ok
}

// checkLines finds the faults that do not need the transaction.
func (a *API) checkLines(b *bulk) error {
	b.genres = map[string]bool{}
	for i := range b.lines {
		l := &b.lines[i]
		w := l.Write
		switch {
		case w == nil:
			b.refusals[i] = lineRefusal{problem.InvalidBody, l.Faults}
			continue
		case a.config.RequireIfMatch && w.Operation != storage.Create && !l.Conditional:
			b.refusals[i] = lineRefusal{problem.PreconditionRequired, []storage.Fault{{Pointer: "/if_match", Reason: "is required: send the ETag of the object that you read"}}}
		}
		w.Who, w.At = b.user.Name, b.at
		if w.Edit == nil {
			continue
		}
		err := rule.Check(w.Edit, func(q *storage.Query) error {
			_, err := a.config.Catalogue.List(b.ctx, q)
			return b.withoutNew(err)
		})
		if err != nil {
			return err
		}
		b.note(w)
	}
	return nil
}

// note adds the genres that a write makes.
func (b *bulk) note(w *edit.Write) {
	if w.Operation == storage.Create && w.Noun == storage.Genre {
		id, _ := w.Edit.Asserted["id"].(string)
		name, _ := w.Edit.Values[storage.Genre.Label].(string)
		if id == "" {
			id = textform.Slug(name)
		}
		b.genres[id] = true
	}
	list, _ := w.Edit.Values[storage.Genre.Plural].([]any)
	for _, item := range list {
		if ref, named := item.(edit.Reference); named {
			b.genres[textform.Slug(ref.Name)] = true
		}
	}
}

// withoutNew returns the error of a rule without the faults of genres that earlier lines
// make.
func (b *bulk) withoutNew(err error) error {
	e, ok := errors.AsType[*storage.Error](err)
	if !ok || e.Code != storage.Invalid {
		return err
	}
	others := slices.DeleteFunc(slices.Clone(e.Faults), func(f storage.Fault) bool { return b.genres[f.Value] && f.Nearest != f.Value })
	if len(others) == 0 {
		return nil
	}
	return &storage.Error{Code: e.Code, Detail: e.Detail, Faults: others, Err: err}
}

// writes returns the writes for the store, nil for those of refused lines.
func (b *bulk) writes() []*edit.Write {
	writes := make([]*edit.Write, len(b.lines))
	for i := range b.lines {
		if len(b.refusals[i].faults) == 0 {
			writes[i] = b.lines[i].Write
		}
	}
	return writes
}

// refused returns the problem of a bulk with refused lines: the kind of the first one, and
// the faults of all. Another error is returned unchanged.
func (b *bulk) refused(err error) error {
	stored, ok := errors.AsType[*edit.BulkError](err)
	if !ok {
		return err
	}
	var faults []storage.Fault
	var kind *problem.Kind
	for i, r := range b.refusals {
		if e, also := errors.AsType[*storage.Error](stored.Refusals[i]); also {
			r = lineRefusal{problem.From(e).Kind, b.lines[i].Explain(e)}
		}
		if len(r.faults) > 0 && kind == nil {
			kind = &r.kind
		}
		for _, f := range r.faults {
			f.Line = i + 1
			faults = append(faults, f)
		}
	}
	if kind == nil {
		return fmt.Errorf("a bulk without refused lines: %w", err)
	}
	return problem.Invalid(*kind, faults)
}

// answer returns the body of the reply.
func (b *bulk) answer(results []edit.Result, dryRun bool) ([]byte, error) {
	out := make([]wire.BulkResult, len(results))
	for i, r := range results {
		out[i] = wire.BulkResult{Line: i + 1, Operation: r.Operation, Noun: r.Noun, ID: r.ID}
		if r.Object == nil {
			continue
		}
		o := *r.Object // other lines may have the same
		if _, err := schedule.Append(&o, b.at); err != nil {
			return nil, err
		}
		object, err := wire.Object(&o, nil, nil)
		if err != nil {
			return nil, err
		}
		out[i].ETag = objectTag(o.Version, object)
	}
	return wire.Bulk(out, dryRun)
}
