package storage

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"marquee/storage/spelling"
	"marquee/storage/textform"
)

// Members is a JSON object as it was written: in its order, with duplicates.
// Its values are nil, bool, string, json.Number, []any and Members.
type Members []Member

// Member is a name with its value in a JSON object.
type Member struct {
	Name  string
	Value any
}

// Reference is an item of a list of references that does not give an id: the
// store takes the object of that name, or creates it.
type Reference struct {
	Name string
	// Key is the object's key in the source that is being imported, "" when the
	// source has none.
	Key string
}

// Identity is what two references to one object have in common: the key, or
// the name where there is no key.
func (r Reference) Identity() Reference {
	if r.Key != "" {
		return Reference{Key: r.Key}
	}
	return Reference{Name: textform.Fold(r.Name)}
}

// Check reads the members of an object under the noun's description. It finds
// every fault that shows without the stored object; Edit.Apply finds the rest.
func (n *Noun) Check(members Members) *Edit {
	e := &Edit{Noun: n, Values: map[string]any{}, Asserted: map[string]any{}, lists: map[string][]any{}, broken: map[string]any{}}
	e.Faults = eachMember("", members, n.FieldNames(), func(m Member, pointer string) []Fault {
		f := n.Field(m.Name)
		v, faults := f.Type.check(pointer, m.Value)
		if list, is := v.([]any); is && f.Type.Unique {
			e.lists[f.Name] = list
			v = Distinct(list)
		}
		switch {
		case len(faults) > 0 && f.Source == Client:
			if v != nil {
				e.broken[f.Name] = v
			}
		case len(faults) > 0:
		case f.Source == Client:
			e.Values[f.Name] = v
		default:
			e.Asserted[f.Name] = v
		}
		return faults
	})
	return e
}

// Distinct keeps the first of equal items of a list.
func Distinct(list []any) []any {
	out := make([]any, 0, len(list))
	for _, item := range list {
		if !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}

// eachMember calls visit for every member whose name is known and not a
// duplicate, and gathers the faults.
func eachMember(pointer string, members Members, known []string, visit func(Member, string) []Fault) []Fault {
	var faults []Fault
	seen := map[string]bool{}
	for _, m := range members {
		at := pointer + "/" + EscapePointer(m.Name)
		switch {
		case seen[m.Name]:
			faults = append(faults, Fault{Pointer: at, Reason: "is given twice"})
		case known != nil && !slices.Contains(known, m.Name):
			faults = append(faults, Fault{Pointer: at, Reason: "is not a field of this object", Nearest: spelling.Nearest(m.Name, known)})
		default:
			faults = append(faults, visit(m, at)...)
		}
		seen[m.Name] = true
	}
	return faults
}

// pointerEscapes is made once: making a replacer costs more than its use.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// EscapePointer returns a member name as a token of a JSON Pointer (RFC 6901, section 3).
func EscapePointer(name string) string { return pointerEscapes.Replace(name) }

// check returns the checked form of v, or what is wrong with it. A nil v is
// taken everywhere but in lists: in an edit it means to clear.
func (t *Type) check(pointer string, v any) (any, []Fault) {
	if v == nil {
		return nil, nil
	}
	switch v := v.(type) {
	case string:
		return t.checkString(pointer, v)
	case json.Number:
		return t.checkNumber(pointer, v.String())
	case bool:
		if t.Kind == Boolean {
			return v, nil
		}
	case []any:
		if t.Kind == List {
			return t.checkList(pointer, v)
		}
	case Members:
		switch {
		case t.Kind == Map:
			return t.checkMap(pointer, v)
		case t.Kind == Record:
			return t.checkRecord(pointer, v)
		case t.Reference != "":
			return checkReference(pointer, v)
		}
	}
	return nil, t.fault(pointer, v, "must be "+t.Describe())
}

func (t *Type) fault(pointer string, v any, reason string) []Fault {
	return []Fault{{Pointer: pointer, Value: Excerpt(v), Reason: reason, Allowed: t.Allowed}}
}

// Excerpt is a value cut to what an error message can show.
func Excerpt(v any) string {
	var s string
	switch v := v.(type) {
	case nil:
		s = "null"
	case []any:
		s = "a list"
	case Members:
		s = "an object"
	default:
		s = fmt.Sprint(v)
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	if runes := []rune(s); len(runes) > 80 {
		s = string(runes[:79]) + "…"
	}
	return s
}

// Describe says in words what the type takes.
func (t *Type) Describe() string {
	switch {
	case t.Allowed != "":
		return t.Allowed
	case len(t.Enum) > 0:
		return "one of " + strings.Join(t.Enum, ", ")
	}
	switch t.Kind {
	case Integer:
		if t.Max > t.Min {
			return fmt.Sprintf("a whole number from %d to %d", t.Min, t.Max)
		}
		return "a whole number"
	case Number:
		return fmt.Sprintf("a number from %s to %s with at most one decimal", Decimal(t.Min), Decimal(t.Max))
	case Boolean:
		return "true or false"
	case List:
		return "a list"
	case Map, Record:
		return "an object"
	}
	if t.Max > t.Min {
		return fmt.Sprintf("a text of %d to %d characters", t.Min, t.Max)
	}
	return "a text"
}

func (t *Type) checkString(pointer, s string) (any, []Fault) {
	length := int64(utf8.RuneCountInString(s))
	switch {
	case strings.ContainsRune(s, 0):
		return nil, t.fault(pointer, strings.ReplaceAll(s, "\x00", "␀"), "must not hold the character NUL")
	case t.Kind == Date:
		_, err := time.Parse(time.DateOnly, s)
		return s, t.faultIf(err != nil, pointer, s)
	case t.Kind == Timestamp:
		at, _, ok := ParseTime(s)
		return at, t.faultIf(!ok, pointer, s)
	case t.Kind != Text:
		return nil, t.fault(pointer, s, "must be "+t.Describe())
	case t.Reference != "":
		target := NounByName(t.Reference)
		if !target.ValidID(s) {
			return nil, []Fault{{Pointer: pointer, Value: Excerpt(s), Reason: "cannot be the id of any " + target.Name, Allowed: target.IDForm()}}
		}
	case len(t.Enum) > 0 && !slices.Contains(t.Enum, s):
		return nil, []Fault{{Pointer: pointer, Value: Excerpt(s), Reason: "must be " + t.Describe(), Nearest: spelling.Nearest(s, t.Enum)}}
	case t.Pattern != nil && !t.Pattern.MatchString(s), t.Valid != nil && !t.Valid(s):
		return nil, t.fault(pointer, s, "must be "+t.Describe())
	case t.Min > 0 && !strings.ContainsFunc(s, textform.Visible):
		return nil, t.fault(pointer, s, "must not be blank")
	case t.Max > t.Min && (length < t.Min || length > t.Max):
		return nil, t.fault(pointer, s, fmt.Sprintf("must be a text of %d to %d characters, it has %d", t.Min, t.Max, length))
	}
	return s, nil
}

func (t *Type) faultIf(bad bool, pointer, s string) []Fault {
	if !bad {
		return nil
	}
	return t.fault(pointer, s, "must be "+t.Describe())
}

// integerForm is a JSON number without fraction and exponent.
var integerForm = regexp.MustCompile(`^-?[0-9]{1,18}$`)

// decimalForm is a JSON number without exponent.
var decimalForm = regexp.MustCompile(`^-?[0-9]{1,15}(?:\.[0-9]+)?$`)

func (t *Type) checkNumber(pointer, s string) (any, []Fault) {
	var v any
	var n int64
	hint := "" // what the type's description does not say
	switch {
	case t.Kind == Integer && integerForm.MatchString(s):
		n, _ = strconv.ParseInt(s, 10, 64)
		v = n
	case t.Kind == Number && decimalForm.MatchString(s):
		if d, ok := ParseDecimal(s); ok {
			n, v = int64(d), d
		}
	case t.Kind == Integer && strings.ContainsAny(s, ".eE"):
		hint = ", written without fraction and exponent"
	case t.Kind == Integer && t.Max <= t.Min:
		hint = " of at most 18 digits"
	case t.Kind == Number && strings.ContainsAny(s, "eE"):
		hint = ", written without exponent"
	}
	if v == nil || t.Max > t.Min && (n < t.Min || n > t.Max) {
		return nil, t.fault(pointer, s, "must be "+t.Describe()+hint)
	}
	return v, nil
}

func (t *Type) checkList(pointer string, items []any) (any, []Fault) {
	if int64(len(items)) > t.Max {
		return nil, t.fault(pointer, items, fmt.Sprintf("must have at most %d items, it has %d", t.Max, len(items)))
	}
	out := make([]any, len(items))
	var faults []Fault
	for i, item := range items {
		at := pointer + "/" + strconv.Itoa(i)
		v, wrong := t.Of.check(at, item)
		if item == nil {
			wrong = t.Of.fault(at, nil, "must be "+t.Of.Describe())
		}
		faults = append(faults, wrong...)
		out[i] = v
	}
	return out, faults
}

func (t *Type) checkMap(pointer string, members Members) (any, []Fault) {
	out := make(map[string]any, len(members))
	faults := eachMember(pointer, members, nil, func(m Member, at string) []Fault {
		_, badKey := t.Key.check(at, m.Name)
		for i := range badKey {
			badKey[i].Reason = "has a key that " + badKey[i].Reason
		}
		v, wrong := t.Of.check(at, m.Value)
		out[m.Name] = v
		return append(badKey, wrong...)
	})
	return out, faults
}

func (t *Type) checkRecord(pointer string, members Members) (any, []Fault) {
	out := make(map[string]any, len(members))
	faults := eachMember(pointer, members, names(t.Members), func(m Member, at string) []Fault {
		v, wrong := t.member(m.Name).check(at, m.Value)
		out[m.Name] = v
		return wrong
	})
	return out, faults
}

// checkReference reads a list item {"name": …}; without a good name it is nil.
func checkReference(pointer string, members Members) (any, []Fault) {
	ref := Reference{}
	faults := eachMember(pointer, members, []string{"name"}, func(m Member, at string) []Fault {
		v, wrong := name.check(at, m.Value)
		ref.Name, _ = v.(string)
		return wrong
	})
	if ref.Name == "" && len(faults) == 0 {
		faults = []Fault{{Pointer: pointer + "/name", Reason: "is required"}}
	}
	if ref.Name == "" {
		return nil, faults
	}
	return ref, faults
}
