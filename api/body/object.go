package body

import (
	"errors"
	"slices"
	"strings"

	"marquee/api/problem"
	"marquee/storage"
	"marquee/storage/edit"
)

// outside begins the pointer of a fault in the envelope while it is among the faults
// of the object. No pointer into the object begins so.
const outside = ".."

// ParseEdit parses {"meta": {}, "<noun>": {…}}. The faults of the envelope are among
// those of the edit, so that the store returns them together with its own.
// WholePointers restores their pointers. The error is the problem of a body that has
// no object.
func ParseEdit(data []byte, n *storage.Noun) (*edit.Edit, error) {
	if len(data) == 0 {
		return nil, problem.Invalid(problem.InvalidBody, []storage.Fault{{Reason: "is missing; it must be " + envelopeForm(n.Name)}})
	}
	object, faults := parseEnvelope(data, n.Name)
	if object == nil {
		return nil, problem.Invalid(problem.InvalidBody, faults)
	}
	e := edit.Check(n, object)
	reported := map[string]bool{}
	for _, f := range faults {
		reported[f.Pointer] = true
	}
	e.Faults = slices.DeleteFunc(e.Faults, func(f storage.Fault) bool { return reported["/"+n.Name+f.Pointer] })
	for _, f := range faults {
		f.Pointer = outside + f.Pointer
		e.Faults = append(e.Faults, f)
	}
	return e, nil
}

// WholePointers returns the error of a write with the pointers of its faults
// relative to the whole body: /movie/title for /title.
func WholePointers(n *storage.Noun, err error) error {
	e, ok := errors.AsType[*storage.Error](err)
	if !ok || len(e.Faults) == 0 {
		return err
	}
	whole := *e
	whole.Err = err
	whole.Faults = slices.Clone(e.Faults)
	for i := range whole.Faults {
		f := &whole.Faults[i]
		if pointer, isOutside := strings.CutPrefix(f.Pointer, outside); isOutside {
			f.Pointer = pointer
		} else if f.InObject() {
			f.Pointer = "/" + n.Name + f.Pointer
		}
	}
	return &whole
}

// Form describes the object in the body of a request that writes no noun.
type Form struct {
	// Name is the member of the envelope that holds the object.
	Name string
	// Doc is what the object says, in a sentence.
	Doc    string
	Fields []storage.Field
}

// Parse parses {"meta": {}, "<form>": {…}} and returns the fields that were given.
// They are checked like the fields of a new object.
func (f *Form) Parse(data []byte) (map[string]any, error) {
	n := &storage.Noun{Name: f.Name, Fields: f.Fields}
	e, err := ParseEdit(data, n)
	if err != nil {
		return nil, err
	}
	d, faults := e.Apply(storage.NewDocument(n), true)
	if len(faults) > 0 {
		return nil, WholePointers(n, storage.InvalidObject(n, faults))
	}
	return d.Fields, nil
}
