package body

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"marquee/api/problem"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/spelling"
	"marquee/storage/strictjson"
)

// MaxLines is the most lines of a body.
const MaxLines = 1000

// Line is a line of a bulk.
type Line struct {
	// Write is the write that the line asks for, nil if that is not clear. Faults of the
	// line are among those of its edit, so that the store returns them with its own;
	// LinePointers restores their pointers.
	Write *edit.Write
	// Conditional reports whether the line has a condition.
	Conditional bool
	// Faults are those of a line without a write.
	Faults []storage.Fault
	// named reports that the line names the object that it creates.
	named bool
}

// Condition returns the condition that an If-Match with a text is. ok is false if the text
// is none.
type Condition func(text string) (c edit.Condition, ok bool)

// ParseLines parses the lines of a bulk. The error is the problem of a body without lines,
// or with too many.
func ParseLines(data []byte, condition Condition) ([]Line, error) {
	data = bytes.TrimSuffix(data, []byte("\n"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, problem.Invalid(problem.InvalidBody, []storage.Fault{{Reason: `is missing; it must have lines, each one JSON object: {"op": "create", "noun": "movie", "object": {…}}`}})
	}
	if n := bytes.Count(data, []byte("\n")) + 1; n > MaxLines {
		return nil, problem.Invalid(problem.InvalidBody, []storage.Fault{{Value: fmt.Sprint(n), Reason: fmt.Sprintf("must have at most %d lines, it has %d: send the others in another request", MaxLines, n)}})
	}
	var lines []Line
	for text := range bytes.SplitSeq(data, []byte("\n")) {
		lines = append(lines, parseLine(text, condition))
	}
	return lines, nil
}

// The members of a line, and the operations.
var (
	lineMembers = []string{"op", "noun", "id", "if_match", "object"}
	operations  = []string{string(storage.Create), string(storage.Update), string(storage.Delete)}
)

// line collects what a line says.
type line struct {
	texts  map[string]string
	object storage.Members
	faults []storage.Fault
}

func (l *line) fault(member string, v any, reason string) *storage.Fault {
	f := storage.Fault{Pointer: "/" + storage.EscapePointer(member), Reason: reason}
	if v != nil {
		f.Value = storage.Excerpt(v)
	}
	l.faults = append(l.faults, f)
	return &l.faults[len(l.faults)-1]
}

func parseLine(text []byte, condition Condition) Line {
	v, faults := strictjson.ParseAll(text)
	for i := range faults { // there is only one line in it
		faults[i].Reason = strings.Replace(faults[i].Reason, "(line 1, ", "(", 1)
	}
	members, isObject := v.(storage.Members)
	switch {
	case v == nil && len(faults) > 0:
		return Line{Faults: faults}
	case !isObject:
		return Line{Faults: append(faults, storage.Fault{Value: storage.Excerpt(v), Reason: `must be an object {"op": …, "noun": …, "id": …, "if_match": …, "object": {…}}`})}
	}
	l := &line{texts: map[string]string{}, faults: faults}
	l.read(members)
	return l.write(condition)
}

// read reads the members of a line. null stands for a member that is left out.
func (l *line) read(members storage.Members) {
	seen := map[string]bool{}
	for _, m := range members {
		s, isText := m.Value.(string)
		inner, isObject := m.Value.(storage.Members)
		switch {
		case seen[m.Name]:
			l.fault(m.Name, nil, "is given twice")
		case !slices.Contains(lineMembers, m.Name):
			l.fault(m.Name, nil, "is not a member of a line").Nearest = spelling.Nearest(m.Name, lineMembers)
		case m.Value == nil:
		case m.Name == "object" && isObject:
			l.object = inner
		case m.Name == "object":
			l.fault(m.Name, m.Value, "must be an object")
		case !isText:
			l.fault(m.Name, m.Value, "must be a text")
		default:
			l.texts[m.Name] = s
		}
		seen[m.Name] = true
	}
}

// faulty reports whether a member has a fault already.
func (l *line) faulty(member string) bool {
	return slices.ContainsFunc(l.faults, func(f storage.Fault) bool { return f.Pointer == "/"+member })
}

// oneOf checks that a member is one of some words.
func (l *line) oneOf(member string, words []string) {
	switch s, given := l.texts[member]; {
	case l.faulty(member):
	case !given:
		l.fault(member, nil, "is required").Allowed = strings.Join(words, ", ")
	case !slices.Contains(words, s):
		l.fault(member, s, "must be one of "+strings.Join(words, ", ")).Nearest = spelling.Nearest(s, words)
	}
}

// write returns the write that a line asks for.
func (l *line) write(condition Condition) Line {
	var nouns []string
	for _, n := range storage.Nouns {
		nouns = append(nouns, n.Name)
	}
	l.oneOf("op", operations)
	l.oneOf("noun", nouns)
	w := &edit.Write{Operation: storage.Operation(l.texts["op"]), Noun: storage.NounByName(l.texts["noun"]), ID: l.texts["id"]}
	out := Line{}
	_, out.Conditional = l.texts["if_match"]
	if l.faulty("op") || l.faulty("noun") {
		out.Faults = l.faults
		return out
	}
	identified := l.identify(w)
	l.check(w, condition)
	if w.Operation == storage.Delete {
		if out.Faults = l.faults; len(l.faults) == 0 {
			out.Write = w
		}
		return out
	}
	if l.object == nil {
		out.Faults = l.faults
		return out
	}
	e := edit.Check(w.Noun, l.object)
	if out.named = w.Operation == storage.Create && w.ID != ""; out.named {
		l.name(w, e)
	}
	own := slices.Clone(l.faults)
	for i := range own {
		own[i].Pointer = outside + own[i].Pointer
	}
	e.Faults = append(own, e.Faults...)
	if w.Edit = e; identified {
		out.Write = w
		return out
	}
	out.Faults = out.pointers(e.Faults)
	return out
}

// identify checks the id. It reports whether the object is known.
func (l *line) identify(w *edit.Write) bool {
	_, given := l.texts["id"]
	switch creating := w.Operation == storage.Create; {
	case l.faulty("id"):
		return creating
	case creating && !w.Noun.Slug && given:
		l.fault("id", w.ID, "must be left out: the server gives the id of a new "+w.Noun.Name)
		w.ID = ""
		return true
	case creating && !given:
		return true
	case !given:
		l.fault("id", nil, "is required").Allowed = w.Noun.IDForm()
		return false
	case !w.Noun.ValidID(w.ID):
		l.fault("id", w.ID, "must be "+w.Noun.IDForm())
		return creating
	}
	return true
}

// check checks which members the operation takes.
func (l *line) check(w *edit.Write, condition Condition) {
	switch {
	case w.Operation == storage.Delete && l.object != nil:
		l.fault("object", nil, "must be left out: a deletion has no object")
	case w.Operation != storage.Delete && l.object == nil && !l.faulty("object"):
		l.fault("object", nil, "is required")
	}
	text, given := l.texts["if_match"]
	if !given {
		return
	}
	if w.Operation == storage.Create {
		l.fault("if_match", text, "must be left out: a creation has no earlier state")
		return
	}
	var ok bool
	if w.Condition, ok = condition(text); !ok {
		l.fault("if_match", text, `must be the ETag of a reply, with its quotes: "\"12-0123456789abcdef\""`)
	}
}

// name takes the id of a new object from the line.
func (l *line) name(w *edit.Write, e *edit.Edit) {
	if own, given := e.Asserted["id"]; given && own != nil && own != w.ID {
		l.fault("id", w.ID, "differs from the id in the object, "+storage.Excerpt(own))
	}
	if !l.faulty("id") {
		e.Asserted["id"] = w.ID
	}
	w.ID = ""
}

// pointers returns faults of an object with pointers relative to the line.
func (l *Line) pointers(faults []storage.Fault) []storage.Fault {
	faults = slices.Clone(faults)
	for i := range faults {
		f := &faults[i]
		pointer, isOutside := strings.CutPrefix(f.Pointer, outside)
		switch {
		case isOutside:
			f.Pointer = pointer
		case l.named && f.Pointer == "/id": // the line has the id, not the object
		case f.InObject():
			f.Pointer = "/object" + f.Pointer
		}
	}
	return faults
}

// Explain returns the faults of a line that was refused with an error, with pointers
// relative to the line.
func (l *Line) Explain(e *storage.Error) []storage.Fault {
	whole := storage.Fault{Pointer: "/id", Value: l.Write.ID, Reason: "is refused: " + e.Detail}
	switch {
	case e.Code == storage.QuotaExceeded:
		return slices.Clone(e.Faults) // of the line as a whole
	case len(e.Faults) > 0:
		return l.pointers(e.Faults)
	case e.Code == storage.PreconditionFailed:
		whole.Pointer, whole.Value = "/if_match", ""
	}
	return []storage.Fault{whole}
}
