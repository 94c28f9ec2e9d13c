package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/spelling"
	"marquee/storage/strictjson"
)

// maxBody is the largest request body in bytes.
const maxBody = 1 << 20

// readBody reads the request's body under its limits; it is empty when there
// is none. The store's time begins anew behind it.
func (c *call) readBody() ([]byte, error) {
	switch {
	case c.r.ContentLength == 0:
		return nil, nil
	case c.r.ContentLength > maxBody:
		return nil, tooLarge()
	}
	if err := checkContentType(c.r.Header); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, tooLarge()
	}
	if err != nil {
		p := problem.New(problem.InvalidBody, "the body could not be read to its end")
		p.Cause = err
		return nil, p
	}
	c.restart()
	return data, nil
}

// tooLarge closes the connection too: reading the rest would cost more than a
// new one.
func tooLarge() *problem.Problem {
	p := problem.New(problem.BodyTooLarge, "the body is larger than %d bytes", maxBody)
	p.Header = http.Header{"Connection": {"close"}}
	return p
}

// checkContentType takes JSON in UTF-8, not compressed.
func checkContentType(header http.Header) error {
	for _, coding := range header["Content-Encoding"] {
		if !strings.EqualFold(strings.TrimSpace(coding), "identity") {
			p := problem.New(problem.UnsupportedMediaType, "the content encoding %q is not taken; send the body as it is", storage.Excerpt(coding))
			p.Header = http.Header{"Accept-Encoding": {"identity"}}
			return p
		}
	}
	value := strings.Join(header["Content-Type"], ", ")
	media, parameters, err := mime.ParseMediaType(value)
	charset := parameters["charset"]
	switch {
	case value == "":
		return problem.New(problem.UnsupportedMediaType, "the body needs Content-Type: application/json")
	case err != nil || media != "application/json":
		return problem.New(problem.UnsupportedMediaType, "the content type %q is not taken; send application/json", storage.Excerpt(value))
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		return problem.New(problem.UnsupportedMediaType, "the charset %q is not taken; send UTF-8", storage.Excerpt(charset))
	}
	return nil
}

// outside begins the pointer of a fault in the envelope among the faults of
// the object: one step up from the object, which no pointer into it can mean.
const outside = ".."

// readEdit reads the body {"meta": {}, "<noun>": {…}}. Faults of the envelope
// are put among those of the object, so that the store's are told together
// with them.
// Faults of the query string, which takes no parameters here, join them too.
func (c *call) readEdit() (*edit.Edit, []byte, error) {
	refusal := param.ParseNone(c.path(), c.query())
	told, listed := errors.AsType[*problem.Problem](refusal)
	if refusal != nil && (!listed || len(told.Faults) == 0) {
		return nil, nil, refusal
	}
	e, data, err := c.readObject(c.route.Noun)
	switch {
	case err != nil:
		return nil, nil, problem.Join(refusal, err)
	case refusal != nil:
		e.Faults = append(slices.Clone(told.Faults), e.Faults...)
	}
	return e, data, nil
}

// readForm reads a body that says all that there is to say of its object, and
// returns the fields that were given.
func (c *call) readForm(form *storage.Noun) (map[string]any, error) {
	e, _, err := c.readObject(form)
	if err != nil {
		return nil, err
	}
	d, faults := e.Apply(storage.NewDocument(form), true)
	if len(faults) > 0 {
		return nil, wholePointers(form, storage.InvalidObject(form, faults))
	}
	return d.Fields, nil
}

func (c *call) readObject(n *storage.Noun) (*edit.Edit, []byte, error) {
	data, err := c.readBody()
	if err != nil {
		return nil, nil, err
	}
	if len(data) == 0 {
		return nil, nil, problem.New(problem.InvalidBody, `the request needs a body: {"meta": {}, %q: {…}}`, n.Name)
	}
	object, faults := readEnvelope(data, n.Name)
	if object == nil {
		return nil, nil, problem.Invalid(problem.InvalidBody, faults)
	}
	e := edit.Check(n, object)
	told := map[string]bool{}
	for _, f := range faults {
		told[f.Pointer] = true
	}
	e.Faults = slices.DeleteFunc(e.Faults, func(f storage.Fault) bool { return told["/"+n.Name+f.Pointer] })
	for _, f := range faults {
		f.Pointer = outside + f.Pointer
		e.Faults = append(e.Faults, f)
	}
	return e, data, nil
}

// readNothing reads the body of a deletion: none, or an envelope without an
// object.
func (c *call) readNothing() error {
	data, err := c.readBody()
	if err != nil || len(data) == 0 {
		return err
	}
	if _, faults := readEnvelope(data, ""); len(faults) > 0 {
		return problem.Invalid(problem.InvalidBody, faults)
	}
	return nil
}

// readEnvelope takes the envelope apart. Without a noun only meta may be in
// it; otherwise a nil object means that there is none to check.
func readEnvelope(data []byte, noun string) (storage.Members, []storage.Fault) {
	v, faults := strictjson.ParseAll(data)
	members, ok := v.(storage.Members)
	switch {
	case v == nil && len(faults) > 0:
		return nil, faults
	case !ok:
		return nil, append(faults, storage.Fault{Value: storage.Excerpt(v), Reason: "must be an object " + envelopeForm(noun)})
	}
	e := envelope{noun: noun, seen: map[string]bool{}, faults: faults}
	for _, m := range members {
		e.read(m)
	}
	if noun != "" && !e.seen[noun] {
		e.fault("/"+noun, nil, "is required: the body is "+envelopeForm(noun))
	}
	return e.object, e.faults
}

func envelopeForm(noun string) string {
	if noun == "" {
		return `{"meta": {}}`
	}
	return `{"meta": {}, "` + noun + `": {…}}`
}

// envelope is what readEnvelope has seen.
type envelope struct {
	noun   string
	seen   map[string]bool
	object storage.Members
	faults []storage.Fault
}

func (e *envelope) fault(pointer string, v any, reason string) {
	f := storage.Fault{Pointer: pointer, Reason: reason}
	if v != nil {
		f.Value = storage.Excerpt(v)
	}
	e.faults = append(e.faults, f)
}

func (e *envelope) read(m storage.Member) {
	at := "/" + storage.EscapePointer(m.Name)
	inner, isObject := m.Value.(storage.Members)
	switch {
	case e.seen[m.Name]:
		e.fault(at, nil, "is given twice")
	case m.Name != "meta" && (e.noun == "" || m.Name != e.noun):
		e.fault(at, nil, "is not a member of this body, which is "+envelopeForm(e.noun))
		if e.noun != "" {
			e.faults[len(e.faults)-1].Nearest = spelling.Nearest(m.Name, []string{e.noun, "meta"})
		}
	case !isObject:
		e.fault(at, m.Value, "must be an object")
	case m.Name == "meta":
		for _, extra := range inner {
			e.fault(at+"/"+storage.EscapePointer(extra.Name), nil, "is not known: meta has no members in requests")
		}
	default:
		e.object = inner
	}
	e.seen[m.Name] = true
}
