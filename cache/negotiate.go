package cache

import (
	"slices"
	"strings"
)

// choose returns the form of the response that a client wants most, and
// whether it had to be made.
func (p *response) choose(accept []string) (f *form, made bool) {
	if len(accept) == 0 || !p.encodable() {
		return &p.forms.identity, false
	}
	best, plain := negotiate(accept)
	if best == identityCoding || plain && len(p.body) < minEncoded {
		return &p.forms.identity, false
	}
	if f, made = p.form(best); f.worth || !plain {
		return f, made
	}
	return &p.forms.identity, made
}

// Weights are in thousandths (RFC 9110, section 12.4.2).
const (
	fullWeight = 1000
	notGiven   = -1
)

// negotiate reads Accept-Encoding (RFC 9110, section 12.5.3): the coding with
// the highest weight, the earlier one among equals; plain says that the
// identity is acceptable too. What says nothing of the identity takes it last.
// When nothing that is possible is acceptable, it is the identity all the same:
// a body in the wrong coding serves better than none.
func negotiate(accept []string) (best coding, plain bool) {
	weights := [...]int{notGiven, notGiven, notGiven, notGiven}
	other := notGiven
	for _, line := range accept {
		for line != "" {
			var item string
			item, line, _ = strings.Cut(line, ",")
			name, weight := weighted(item)
			if c := codingOf(name); c >= 0 && weight >= 0 {
				weights[c] = weight
			} else if name == "*" && weight >= 0 {
				other = weight
			}
		}
	}
	best, highest := identityCoding, 0
	for c, weight := range weights[:codings] {
		if weight == notGiven {
			weight = other
		}
		if weight > highest {
			best, highest = coding(c), weight
		}
	}
	own := weights[identityCoding]
	if own > highest { // among equals, fewer bytes
		best = identityCoding
	}
	return best, own > 0 || own == notGiven && other != 0
}

// codingOf is the coding of that name, negative when it is none of ours.
func codingOf(name string) int {
	if strings.EqualFold(name, "x-gzip") { // RFC 9110, section 8.4.1.3
		return int(gzipCoding)
	}
	return slices.IndexFunc(codingNames[:], func(own string) bool { return strings.EqualFold(name, own) })
}

// weighted splits an item like "gzip;q=0.5" into the name and the weight in
// thousandths, negative when that is malformed.
func weighted(item string) (name string, weight int) {
	name, parameter, found := strings.Cut(item, ";")
	name = strings.Trim(name, " \t")
	if !found {
		return name, fullWeight
	}
	parameter = strings.Trim(parameter, " \t")
	if len(parameter) < len("q=0") || parameter[0]|0x20 != 'q' || parameter[1] != '=' {
		return name, notGiven
	}
	return name, thousandths(parameter[len("q="):])
}

// thousandths reads a weight: 0 or 1 with up to three decimals, at most 1.
func thousandths(s string) int {
	if s[0] != '0' && s[0] != '1' || len(s) > len("0.000") || len(s) > 1 && s[1] != '.' {
		return notGiven
	}
	n := int(s[0]-'0') * fullWeight
	for i, unit := 2, fullWeight/10; i < len(s); i, unit = i+1, unit/10 {
		if s[i] < '0' || s[i] > '9' {
			return notGiven
		}
		n += int(s[i]-'0') * unit
	}
	if n > fullWeight {
		return notGiven
	}
	return n
}
