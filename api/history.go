package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/storage"
	"marquee/storage/edit"
)

// historyRoutes are the paths of what was done to objects, and of undoing it, which
// as every write also has the singular word.
func historyRoutes(n *storage.Noun) []Route {
	plural, _ := collections(n)
	id := "/{" + n.IDName() + "}"
	own := []*storage.Noun{n}
	routes := []Route{
		{Template: plural + id + "/history", Kind: HistoryPath, Noun: n, Variables: own, actions: map[string]action{http.MethodGet: (*API).history}},
	}
	for _, object := range []string{plural + id, Base + "/" + n.Name + id} {
		routes = append(routes, Route{Template: object + "/restore", Kind: RestorePath, Noun: n, Form: restoration, Variables: own,
			actions: map[string]action{http.MethodPost: (*API).restore}})
	}
	return routes
}

// restoration is the body of a request to restore an object.
var restoration = &storage.Noun{
	Name: "restore", Doc: "Which state of the object to restore.",
	Fields: []storage.Field{{
		Name: "version", Required: true, Doc: "version of the state, as replaced or version in the object's history",
		Type: &storage.Type{Kind: storage.Integer, Min: 1, Max: 1<<53 - 1}, // what every reader of JSON can hold
	}},
}

// history answers with what was done to an object, the latest first. It names
// people, so nobody keeps a copy.
func (a *API) history(c *call) (*reply, error) {
	p, err := param.ParseHistory(c.path(), c.query())
	if err != nil {
		return nil, err
	}
	events, err := a.catalogue.History(c.ctx, c.route.Noun, c.id(), p.Before, p.Limit+1)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		if err := a.checkKnown(c); err != nil {
			return nil, err
		}
	}
	header := http.Header{"Cache-Control": {noCopies}}
	if len(events) > p.Limit {
		events = events[:p.Limit]
		header.Set("Link", p.NextLink(events[p.Limit-1].Version))
	}
	return &reply{status: http.StatusOK, header: header, body: appendEvents(p, events)}, nil
}

// checkKnown is NotFound for an object that neither is nor was: one that was
// imported has no events, one that was deleted has only these.
func (a *API) checkKnown(c *call) error {
	_, err := a.catalogue.Get(c.ctx, c.route.Noun, c.id(), nil)
	if storage.CodeOf(err) != storage.NotFound {
		return err
	}
	events, errHistory := a.catalogue.History(c.ctx, c.route.Noun, c.id(), 0, 1)
	if errHistory != nil || len(events) > 0 {
		return errHistory
	}
	return err
}

func appendEvents(p *param.History, events []storage.Event) []byte {
	b := fmt.Appendf(nil, `{"meta":{"before":%s,"limit":%d},"history":[`, orNull(p.Before), p.Limit)
	for i := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendEvent(b, &events[i])
	}
	return append(b, `]}`...)
}

func appendEvent(b []byte, e *storage.Event) []byte {
	b = fmt.Appendf(b, `{"version":%d,"operation":"%s","who":`, e.Version, e.Operation)
	if e.Who == "" {
		b = append(b, "null"...)
	} else {
		b = appendQuoted(b, e.Who)
	}
	b = fmt.Appendf(b, `,"at":"%s","fields":[`, storage.FormatTime(e.At))
	for i, name := range e.Fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, name)
	}
	b = appendFieldChanges(append(b, `],"changes":`...), e)
	return fmt.Appendf(b, `,"replaced":%s}`, orNull(e.Replaced))
}

// appendFieldChanges writes what the fields of an update were and what they became,
// null when the states are not known, in the order and form of the object's reply.
func appendFieldChanges(b []byte, e *storage.Event) []byte {
	if len(e.Fields) > 0 && (e.Before == nil || e.After == nil) {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for _, name := range e.Fields {
		f := e.Before.Noun.Field(name)
		if f == nil { // objects have it no more
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = appendQuoted(append(b, `{"field":`...), name)
		b = storage.AppendJSON(append(b, `,"before":`...), f.Type, e.Before.Fields[name])
		b = storage.AppendJSON(append(b, `,"after":`...), f.Type, e.After.Fields[name])
		b = append(b, '}')
	}
	return append(b, ']')
}

// orNull writes a version; there is none 0.
func orNull(version int64) string {
	if version == 0 {
		return "null"
	}
	return strconv.FormatInt(version, 10)
}

// restore answers a POST that brings an earlier state back. It is a write as any
// other: it is checked, logged and part of the history itself.
func (a *API) restore(c *call) (*reply, error) {
	if err := param.ParseNone(c.path(), c.query()); err != nil {
		return nil, err
	}
	if err := a.checkCondition(c); err != nil {
		return nil, err
	}
	form, err := c.readForm(c.route.Form)
	if err != nil {
		return nil, err
	}
	version, _ := form["version"].(int64)
	w, err := a.restoring(c, version)
	if err != nil {
		return nil, err
	}
	written, err := a.write(c, w)
	if err != nil {
		return nil, restoreFaults(c, err)
	}
	return objectReply(c, written, http.StatusOK, http.StatusNoContent)
}

// restoring is the write that makes the earlier state of the current one. It
// fails when the object is written in between: what maps hold that the earlier
// state had not is named by the current state.
func (a *API) restoring(c *call, version int64) (*edit.Write, error) {
	n := c.route.Noun
	o, err := a.catalogue.Get(c.ctx, n, c.id(), nil)
	if storage.CodeOf(err) == storage.NotFound {
		return nil, problem.NotFoundf("there is no %s %s: only what exists can be restored; what was deleted is created anew, with another id", n.Name, c.id())
	}
	if err != nil {
		return nil, err
	}
	current, err := storage.ParseDocument(n, o.Body)
	if err != nil {
		return nil, err
	}
	earlier, err := a.catalogue.Revision(c.ctx, n, c.id(), version)
	if storage.CodeOf(err) == storage.NotFound {
		return nil, unrestorable(version, "is no version of this "+n.Name+", or is no longer kept; its history lists what is")
	}
	if err != nil {
		return nil, err
	}
	e := &edit.Edit{Noun: n, Values: map[string]any{}}
	for _, f := range n.FieldsFrom(storage.Client) {
		e.Values[f.Name] = replacement(current.Fields[f.Name], earlier.Fields[f.Name])
	}
	versions := []int64{o.Version}
	if wanted := matchVersions(c.r); wanted != nil && !slices.Contains(wanted, o.Version) {
		versions = []int64{} // none matches
	}
	return &edit.Write{Operation: storage.Update, ID: c.id(), Edit: e, IfMatch: versions}, nil
}

// replacement is the merge patch that makes a value of another: what a map has
// and shall not have is named with nil.
func replacement(from, to any) any {
	old, _ := from.(map[string]any)
	wanted, isMap := to.(map[string]any)
	if !isMap {
		return to
	}
	out := make(map[string]any, len(wanted))
	for key := range old {
		out[key] = nil
	}
	for key, v := range wanted {
		out[key] = replacement(old[key], v)
	}
	return out
}

// unrestorable is the fault of a version.
func unrestorable(version int64, reason string) error {
	return problem.Invalid(problem.InvalidBody, []storage.Fault{{Pointer: "/restore/version", Value: strconv.FormatInt(version, 10), Reason: reason}})
}

// restoreFaults tells what keeps a state from being restored: what it refers to
// may be gone, what only one may have may be taken.
func restoreFaults(c *call, err error) error {
	e, ok := errors.AsType[*storage.Error](err)
	switch {
	case !ok:
		return err
	case e.Code == storage.PreconditionFailed && matchVersions(c.r) == nil:
		return storage.Errorf(storage.Conflict, "the %s was written at the same moment: read it again, and restore the version if it is still wanted", c.route.Noun.Name)
	case len(e.Faults) == 0:
		return err
	}
	told := *e
	told.Err = err
	told.Faults = slices.Clone(e.Faults)
	for i := range told.Faults {
		f := &told.Faults[i]
		if field, inObject := strings.CutPrefix(f.Pointer, "/"+c.route.Noun.Name+"/"); inObject {
			f.Pointer, f.Reason = "/restore/version", fmt.Sprintf("cannot be restored: its %s %s", field, f.Reason)
		}
	}
	return &told
}
