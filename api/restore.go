package api

import (
	"errors"
	"fmt"
	"marquee/api/param"
	"marquee/api/problem"
	"marquee/storage"
	"marquee/storage/edit"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// restore restores an earlier state of an object. It is a write like every other: it is
// checked, logged, and part of the history.
func (a *API) restore(c *call) (*reply, error) {
	if err := param.ParseNone(c.path(), c.query()); err != nil {
		return nil, err
	}
	if err := a.checkCondition(c); err != nil {
		return nil, err
	}
	data, err := c.readBody()
	if err != nil {
		return nil, err
	}
	form, err := c.route.Form.Parse(data)
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

// restoring returns the write that turns the current state into the earlier one. It
// names the current version, because the patch depends on the current state: keys of
// maps that only the current state has are cleared by name.
func (a *API) restoring(c *call, version int64) (*edit.Write, error) {
	n := c.route.Noun
	o, err := a.config.Catalogue.Get(c.ctx, n, c.id(), nil)
	if storage.CodeOf(err) == storage.NotFound {
		return nil, problem.NotFoundf("there is no %s %s: only an object that exists can be restored; create a deleted one again, with another id", n.Name, c.id())
	}
	if err != nil {
		return nil, err
	}
	current, err := storage.ParseDocument(n, o.Body)
	if err != nil {
		return nil, err
	}
	earlier, err := a.config.Catalogue.Revision(c.ctx, n, c.id(), version)
	if storage.CodeOf(err) == storage.NotFound {
		return nil, unrestorable(version, "is not a stored version of this "+n.Name+"; its history lists those that are")
	}
	if err != nil {
		return nil, err
	}
	e := &edit.Edit{Noun: n, Values: map[string]any{}}
	for _, f := range n.FieldsFrom(storage.Client) {
		e.Values[f.Name] = replacement(current.Fields[f.Name], earlier.Fields[f.Name])
	}
	given := writeCondition(c.r)
	only := edit.Condition{Match: []int64{o.Version}}
	if !given.Allows(current, o.Version) {
		only.Match = []int64{}
	}
	return &edit.Write{Operation: storage.Update, ID: c.id(), Edit: e, Condition: only}, nil
}

// replacement returns the merge patch from one value to another. It has nil for a key
// that only the map from has.
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

// unrestorable returns the problem of a version.
func unrestorable(version int64, reason string) error {
	return problem.Invalid(problem.InvalidBody, []storage.Fault{{Pointer: "/restore/version", Value: strconv.FormatInt(version, 10), Reason: reason}})
}

// restoreFaults returns the error of a restore with its faults at the version: a
// referenced object may be deleted, and a unique value may have another owner.
func restoreFaults(c *call, err error) error {
	e, ok := errors.AsType[*storage.Error](err)
	switch {
	case !ok:
		return err
	case e.Code == storage.PreconditionFailed && !writeCondition(c.r).Given():
		return storage.Errorf(storage.Conflict, "the %s was written at the same time; read it again, then restore the version if you still want it", c.route.Noun.Name)
	case len(e.Faults) == 0:
		return err
	}
	explained := *e
	explained.Err = err
	explained.Faults = slices.Clone(e.Faults)
	for i := range explained.Faults {
		f := &explained.Faults[i]
		if field, inObject := strings.CutPrefix(f.Pointer, "/"+c.route.Noun.Name+"/"); inObject {
			f.Pointer, f.Reason = "/restore/version", fmt.Sprintf("cannot be restored: its %s %s", field, f.Reason)
		}
	}
	return &explained
}
