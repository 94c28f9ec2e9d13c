package encoding

import (
	"slices"
	"strings"
)

// Weights are in thousandths (RFC 9110, section 12.4.2).
const (
	fullWeight = 1000
	notGiven   = -1
)

// Negotiate reads Accept-Encoding (RFC 9110, section 12.5.3). best is the encoding
// with the highest weight, the first one among equals; plain reports whether
// Identity is acceptable as well. A header that does not name Identity accepts it
// last. If nothing that we can send is acceptable, best is Identity all the same: a
// body in the wrong encoding is more useful than none.
func Negotiate(accept []string) (best Encoding, plain bool) {
	weights, other := parse(accept)
	best, highest := Identity, 0
	for e, weight := range weights[:Count] {
		if weight == notGiven {
			weight = other
		}
		if weight > highest {
			best, highest = Encoding(e), weight
		}
	}
	own := weights[Identity]
	if own > highest { // among equals, the encoding has fewer bytes
		best = Identity
	}
	return best, own > 0 || own == notGiven && other != 0
}

// parse returns the weight of each encoding, and the weight of "*".
func parse(accept []string) (weights [len(names)]int, other int) {
	weights, other = [...]int{notGiven, notGiven, notGiven, notGiven}, notGiven
	for _, line := range accept {
		for line != "" {
			var item string
			item, line, _ = strings.Cut(line, ",")
			name, weight := weighted(item)
			if e := byName(name); e >= 0 && weight >= 0 {
				weights[e] = weight
			} else if name == "*" && weight >= 0 {
				other = weight
			}
		}
	}
	return weights, other
}

// byName returns the encoding of that name, negative for any other name.
func byName(name string) int {
	if strings.EqualFold(name, "x-gzip") { // RFC 9110, section 8.4.1.3
		return int(Gzip)
	}
	return slices.IndexFunc(names[:], func(own string) bool { return strings.EqualFold(name, own) })
}

// weighted splits an item like "gzip;q=0.5" into the name and the weight in
// thousandths, which is negative when it is malformed.
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

// thousandths parses a weight: 0 or 1 with up to three decimals, at most 1.
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
