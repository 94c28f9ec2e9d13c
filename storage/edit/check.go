package edit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"marquee/storage"
	"marquee/storage/spelling"
	"marquee/storage/textform"
)

// Check checks the members of an object by the description of the noun. It finds every fault
// that does not depend on the stored object; Edit.Apply finds the others.
func Check(n *storage.Noun, members storage.Members) *Edit {
	e := &Edit{Noun: n, Values: map[string]any{}, Asserted: map[string]any{}, lists: map[string][]any{}, broken: map[string]any{}}
	e.Faults = eachMember("", members, n.FieldNames(), func(m storage.Member, pointer string) []storage.Fault {
		f := n.Field(m.Name)
		v, faults := check(f.Type, pointer, m.Value)
		if list, is := v.([]any); is && (f.Type.Unique || f.Type.NoRepeats) {
			if e.lists[f.Name] = list; f.Type.Unique {
				v = storage.Distinct(list)
			}
		}
		switch {
		case len(faults) > 0 && f.Source == storage.Client:
			if v != nil {
				e.broken[f.Name] = v
			}
		case len(faults) > 0:
		case f.Source == storage.Client:
			e.Values[f.Name] = v
		default:
			e.Asserted[f.Name] = v
		}
		return faults
	})
	return e
}

// eachMember calls visit for every member with a known name that is not a duplicate, and
// returns all faults. A nil known means every name.
func eachMember(pointer string, members storage.Members, known []string, visit func(storage.Member, string) []storage.Fault) []storage.Fault {
	var faults []storage.Fault
	seen := map[string]bool{}
	for _, m := range members {
		at := pointer + "/" + storage.EscapePointer(m.Name)
		switch {
		case seen[m.Name]:
			faults = append(faults, storage.Fault{Pointer: at, Reason: "is given twice"})
		case known != nil && !slices.Contains(known, m.Name):
			faults = append(faults, storage.Fault{Pointer: at, Reason: "is not a field of this object", Nearest: spelling.Nearest(m.Name, known)})
		default:
			faults = append(faults, visit(m, at)...)
		}
		seen[m.Name] = true
	}
	return faults
}

// check returns the checked form of v, or its faults. A nil v is valid everywhere but in
// lists: it clears a value.
func check(t *storage.Type, pointer string, v any) (any, []storage.Fault) {
	if v == nil {
		return nil, nil
	}
	switch v := v.(type) {
	case string:
		return checkString(t, pointer, v)
	case json.Number:
		return checkNumber(t, pointer, v.String())
	case bool:
		if t.Kind == storage.Boolean {
			return v, nil
		}
	case []any:
		if t.Kind == storage.List {
			return checkList(t, pointer, v)
		}
	case storage.Members:
		switch {
		case t.Kind == storage.Map:
			return checkMap(t, pointer, v)
		case t.Kind == storage.Record:
			return checkRecord(t, pointer, v)
		case t.Reference != "" && storage.NounByName(t.Reference).Named:
			return checkReference(t, pointer, v)
		}
	}
	return nil, faultOf(t, pointer, v, "must be "+t.Describe())
}

func faultOf(t *storage.Type, pointer string, v any, reason string) []storage.Fault {
	return []storage.Fault{{Pointer: pointer, Value: storage.Excerpt(v), Reason: reason, Allowed: t.Allowed}}
}

func checkString(t *storage.Type, pointer, s string) (any, []storage.Fault) {
	length := int64(utf8.RuneCountInString(s))
	switch {
	case strings.ContainsRune(s, 0):
		return nil, faultOf(t, pointer, strings.ReplaceAll(s, "\x00", "␀"), "must not hold the character NUL")
	case t.Kind == storage.Date:
		_, err := time.Parse(time.DateOnly, s)
		return s, faultIf(t, err != nil, pointer, s)
	case t.Kind == storage.Timestamp:
		at, _, ok := storage.ParseTime(s)
		return at, faultIf(t, !ok, pointer, s)
	case t.Kind != storage.Text:
		return nil, faultOf(t, pointer, s, "must be "+t.Describe())
	case t.Reference != "":
		target := storage.NounByName(t.Reference)
		if !target.ValidID(s) {
			return nil, []storage.Fault{{Pointer: pointer, Value: storage.Excerpt(s), Reason: "cannot be the id of any " + target.Name, Allowed: target.IDForm()}}
		}
	case len(t.Enum) > 0 && !slices.Contains(t.Enum, s):
		return nil, []storage.Fault{{Pointer: pointer, Value: storage.Excerpt(s), Reason: "must be " + t.Describe(), Nearest: spelling.Nearest(s, t.Enum)}}
	case t.Pattern != nil && !t.Pattern.MatchString(s), t.Valid != nil && !t.Valid(s):
		return nil, faultOf(t, pointer, s, "must be "+t.Describe())
	case t.Min > 0 && !strings.ContainsFunc(s, textform.Visible):
		return nil, faultOf(t, pointer, s, "must not be blank")
	case t.Max > t.Min && (length < t.Min || length > t.Max):
		return nil, faultOf(t, pointer, s, fmt.Sprintf("must be a text of %d to %d characters, it has %d", t.Min, t.Max, length))
	}
	return s, nil
}

func faultIf(t *storage.Type, bad bool, pointer, s string) []storage.Fault {
	if !bad {
		return nil
	}
	return faultOf(t, pointer, s, "must be "+t.Describe())
}

func checkNumber(t *storage.Type, pointer, s string) (any, []storage.Fault) {
	var v any
	var n int64
	hint := "" // an addition to the type's description
	switch t.Kind {
	case storage.Integer:
		if whole, ok := storage.ParseInteger(s); ok {
			n, v = whole, whole
		} else if t.Max <= t.Min {
			hint = " of at most 18 digits"
		}
	case storage.Number:
		if d, ok := storage.ParseDecimal(s); ok {
			n, v = int64(d), d
		}
	}
	if v == nil || t.Max > t.Min && (n < t.Min || n > t.Max) {
		return nil, faultOf(t, pointer, s, "must be "+t.Describe()+hint)
	}
	return v, nil
}

func checkList(t *storage.Type, pointer string, items []any) (any, []storage.Fault) {
	switch n := int64(len(items)); {
	case n > t.Max:
		return nil, faultOf(t, pointer, items, fmt.Sprintf("must have at most %d items, it has %d", t.Max, n))
	case n < t.Min:
		return nil, faultOf(t, pointer, items, fmt.Sprintf("must have %d to %d items, it has %d", t.Min, t.Max, n))
	}
	out := make([]any, len(items))
	var faults []storage.Fault
	for i, item := range items {
		at := pointer + "/" + strconv.Itoa(i)
		v, wrong := check(t.Of, at, item)
		if item == nil {
			wrong = faultOf(t.Of, at, nil, "must be "+t.Of.Describe())
		}
		faults = append(faults, wrong...)
		if t.NoRepeats && v != nil && slices.ContainsFunc(out[:i], func(other any) bool { return sameItem(v, other) }) {
			faults = append(faults, storage.Fault{Pointer: at, Value: storage.Excerpt(item), Reason: "is in the list already"})
			v = nil
		}
		out[i] = v
	}
	return out, faults
}

// sameItem reports whether two items of a list without repeats are equal.
func sameItem(a, b any) bool {
	s, isText := a.(string)
	other, both := b.(string)
	return a == b || isText && both && textform.Fold(s) == textform.Fold(other)
}

func checkMap(t *storage.Type, pointer string, members storage.Members) (any, []storage.Fault) {
	out := make(map[string]any, len(members))
	faults := eachMember(pointer, members, nil, func(m storage.Member, at string) []storage.Fault {
		_, badKey := check(t.Key, at, m.Name)
		for i := range badKey {
			badKey[i].Reason = "has a key that " + badKey[i].Reason
		}
		v, wrong := check(t.Of, at, m.Value)
		out[m.Name] = v
		return append(badKey, wrong...)
	})
	return out, faults
}

func memberNames(t *storage.Type) []string {
	names := make([]string, len(t.Members))
	for i, f := range t.Members {
		names[i] = f.Name
	}
	return names
}

func checkRecord(t *storage.Type, pointer string, members storage.Members) (any, []storage.Fault) {
	out := make(map[string]any, len(members))
	broken := map[string]any{}
	faults := eachMember(pointer, members, memberNames(t), func(m storage.Member, at string) []storage.Fault {
		v, wrong := check(t.Member(m.Name), at, m.Value)
		if out[m.Name] = v; len(wrong) > 0 {
			broken[m.Name] = m.Value
		}
		return wrong
	})
	for _, f := range t.Members {
		if f.Default != "" && out[f.Name] == nil && broken[f.Name] == nil {
			out[f.Name] = f.Default
		}
	}
	if t.Check == nil {
		return out, faults
	}
	given := maps.Clone(out)
	maps.Copy(given, broken)
	for _, f := range t.Check(given) {
		if member := f.Pointer[1:]; given[member] != nil && broken[member] == nil {
			f.Pointer = pointer + f.Pointer
			faults = append(faults, f)
		}
	}
	return out, faults
}

// checkReference checks a list item {"name": …}. It returns nil without a valid name.
func checkReference(t *storage.Type, pointer string, members storage.Members) (any, []storage.Fault) {
	target := storage.NounByName(t.Reference)
	name := target.Field(target.Label)
	ref := Reference{}
	faults := eachMember(pointer, members, []string{"name"}, func(m storage.Member, at string) []storage.Fault {
		v, wrong := check(name.Type, at, m.Value)
		ref.Name, _ = v.(string)
		return wrong
	})
	if ref.Name == "" && len(faults) == 0 {
		faults = []storage.Fault{{Pointer: pointer + "/name", Reason: "is required"}}
	}
	if ref.Name == "" {
		return nil, faults
	}
	return ref, faults
}
