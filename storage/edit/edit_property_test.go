package edit_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/storage"
)

// deepCopy copies a checked value.
func deepCopy(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = deepCopy(v[i])
		}
		return out
	case object:
		out := object{}
		for k := range v {
			out[k] = deepCopy(v[k])
		}
		return out
	}
	return v
}

func TestApplyDoesNotChangeItsArguments(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := drawNoun(t)
		current := drawDocument(t, n)
		e := check(t, n, text(t, drawPatch(t, n)))
		fields, values := deepCopy(current.Fields), deepCopy(e.Values)
		after, _ := e.Apply(current, false)
		_, _ = check(t, n, text(t, drawPatch(t, n))).Apply(after, false) // what they share stays as it is
		if diff := cmp.Diff(fields, any(current.Fields)); diff != "" {
			t.Errorf("the current document changed (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(values, any(e.Values)); diff != "" {
			t.Errorf("the edit changed (-before +after):\n%s", diff)
		}
	})
}

func TestApplyIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := drawNoun(t)
		current := drawDocument(t, n)
		e := check(t, n, text(t, drawPatch(t, n)))
		once, faults := e.Apply(current, false)
		twice, again := e.Apply(once, false)
		if diff := cmp.Diff(once.Fields, twice.Fields); diff != "" {
			t.Errorf("once and twice differ (-once +twice):\n%s", diff)
		}
		if diff := cmp.Diff(faults, again); diff != "" {
			t.Errorf("faults differ (-once +twice):\n%s", diff)
		}
	})
}

// Two patches of different members, at any level, have the same result in either order
// and as one patch.
func TestDisjointEditsCommute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := drawNoun(t)
		current := drawDocument(t, n)
		whole := drawPatch(t, n)
		a, b := split(t, whole)
		apply := func(d *storage.Document, patches ...object) string {
			for _, p := range patches {
				d, _ = check(t, n, text(t, p)).Apply(d, false)
			}
			return string(d.AppendJSON(nil))
		}
		want := apply(current, whole)
		if diff := cmp.Diff(want, apply(current, a, b)); diff != "" {
			t.Errorf("in two steps (-whole +steps):\n%s", diff)
		}
		if diff := cmp.Diff(want, apply(current, b, a)); diff != "" {
			t.Errorf("in two steps, in the other order (-whole +steps):\n%s", diff)
		}
	})
}

// split distributes the members of a patch between two patches, sometimes inside maps.
func split(t *rapid.T, patch object) (a, b object) {
	a, b = object{}, object{}
	for _, name := range slices.Sorted(maps.Keys(patch)) {
		v := patch[name]
		inner, isObject := v.(object)
		switch choice := rapid.IntRange(0, 2).Draw(t, "split "+name); {
		case choice == 2 && isObject && len(inner) > 1:
			a[name], b[name] = split(t, inner)
		case choice == 1:
			a[name] = v
		default:
			b[name] = v
		}
	}
	return a, b
}

// mergePatch is the algorithm of RFC 7396, section 2, word for word.
func mergePatch(target, patch any) any {
	p, isObject := patch.(object)
	if !isObject {
		return patch
	}
	t, isObject := target.(object)
	if !isObject {
		t = object{}
	}
	out := maps.Clone(t)
	for name, v := range p {
		if v == nil {
			delete(out, name)
		} else {
			out[name] = mergePatch(out[name], v)
		}
	}
	return out
}

func decode(t *rapid.T, data string) any {
	var v any
	dec := json.NewDecoder(strings.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return v
}

func TestApplyIsMergePatchOnThePublicJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := drawNoun(t)
		current := drawDocument(t, n)
		patch := text(t, drawPatch(t, n))
		after, _ := check(t, n, patch).Apply(current, false)
		want := mergePatch(withoutUnset(decode(t, string(current.AppendJSON(nil)))), decode(t, patch)).(object)
		got := decode(t, string(after.AppendJSON(nil))).(object)
		delete(want, "snippet")
		delete(got, "snippet")
		if diff := cmp.Diff(withoutUnset(want), withoutUnset(got)); diff != "" {
			t.Errorf("patch %s (-want +got):\n%s", patch, diff)
		}
	})
}

func TestApplyingThePublicJSONChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t, drawNoun(t))
		body := string(d.AppendJSON(nil))
		after := update(t, d, body)
		if diff := cmp.Diff(body, string(after.AppendJSON(nil))); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
	})
}
