package api

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"marquee/storage"
)

// maxQuery is the longest query string in bytes; longer ones are 414.
const maxQuery = 8 << 10

// pair is a parameter as it was given, decoded.
type pair struct {
	name, value string
	// dropped marks a pair that a correction leaves out.
	dropped bool
}

// fault is a fault of a parameter that may know how to mend it.
type fault struct {
	storage.Fault
	// at is the faulty pair, -1 when the piece is no pair at all.
	at int
	// mend changes a copy of the pairs into what was probably meant; nil when
	// that cannot be said.
	mend func(pairs []pair, at int)
}

// bad is the fault of a value.
func bad(value, reason string) fault {
	return fault{Fault: storage.Fault{Value: storage.Excerpt(value), Reason: reason}}
}

// badItem is the fault of one item of a list.
func badItem(item, reason string) fault {
	f := bad(item, reason)
	f.Item = true
	return f
}

// set mends by another value.
func (f fault) set(value string) fault {
	f.mend = func(pairs []pair, at int) { pairs[at].value = value }
	return f
}

// drop mends by leaving the parameter out.
func (f fault) drop() fault {
	f.mend = func(pairs []pair, at int) { pairs[at].dropped = true }
	return f
}

// item mends by another list item in the place of one; "" leaves it out.
func (f fault) item(old, new string) fault {
	f.mend = func(pairs []pair, at int) {
		var items []string
		for _, s := range strings.Split(pairs[at].value, ",") {
			if s == old {
				s = new
			}
			if s != "" {
				items = append(items, s)
			}
		}
		pairs[at].value = strings.Join(items, ",")
		pairs[at].dropped = len(items) == 0
	}
	return f
}

// splitQuery reads a query string strictly: what url.ParseQuery would drop in
// silence is a fault. Parameters that are not for the catalogue are gone before
// anything is checked.
func splitQuery(raw string) ([]pair, []fault) {
	var pairs []pair
	var faults []fault
	for piece := range strings.SplitSeq(raw, "&") {
		rawName, rawValue, _ := strings.Cut(piece, "=")
		if piece == "" || isForeign(rawName) {
			continue
		}
		name, wrong := decode(rawName)
		if isForeign(name) {
			continue
		}
		value, wrongValue := decode(rawValue)
		if wrong == "" {
			wrong = wrongValue
		}
		if name == "" {
			name, wrong = piece, "is a parameter without a name"
		}
		if strings.Contains(piece, ";") {
			wrong = "holds a raw ;, which separates nothing here: separate parameters by &, write %3B for the character"
		}
		if wrong == "" {
			pairs = append(pairs, pair{name: name, value: value})
			continue
		}
		f := storage.Fault{Parameter: storage.Excerpt(name), Value: storage.Excerpt(rawValue), Reason: wrong}
		faults = append(faults, fault{Fault: f, at: -1})
	}
	return pairs, faults
}

// decode undoes the escapes of a name or value, or says what is wrong with it.
func decode(raw string) (text, wrong string) {
	text, err := url.QueryUnescape(raw)
	switch {
	case err != nil:
		return raw, "holds a malformed % escape"
	case !utf8.ValidString(text):
		return raw, "is not valid UTF-8"
	case strings.ContainsRune(text, 0):
		return raw, "must not hold the character NUL"
	}
	return text, ""
}

// isForeign reports whether the parameter is not for the catalogue: somebody's
// campaign has added it, or it belongs to a signature (RFC 5849, section 3.5.3),
// which was judged before and which no link may repeat.
func isForeign(name string) bool {
	return strings.HasPrefix(name, "utm_") || name == "gclid" || name == "fbclid" || strings.HasPrefix(name, "oauth_")
}

// joinQuery writes pairs as a query string, with commas and the like readable.
func joinQuery(pairs []pair) string {
	var b strings.Builder
	for _, p := range pairs {
		if p.dropped {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(p.name) + "=" + escape(p.value))
	}
	return b.String()
}

// escape is url.QueryEscape but for the comma, which needs none.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "%2C", ",") }

// target joins a path and parameters to a request target.
func target(path string, pairs []pair) string {
	if query := joinQuery(pairs); query != "" {
		return path + "?" + query
	}
	return path
}

// maxMended is how many faults are mended: with more, what was meant is a
// guess, and the work would grow with their square.
const maxMended = 20

// corrected is the request with every fault mended, "" when one cannot be or
// the result would be refused again.
func (a *asked) corrected() string {
	if len(a.faults) > maxMended {
		return ""
	}
	mended := slices.Clone(a.pairs)
	for _, f := range a.faults {
		if f.mend == nil || f.at < 0 {
			return ""
		}
		f.mend(mended, f.at)
	}
	mended = slices.DeleteFunc(mended, func(p pair) bool { return p.dropped })
	if again := ask(a.path, a.noun, a.parameters, mended); len(again.faults) > 0 {
		return ""
	}
	return target(a.path, mended)
}
