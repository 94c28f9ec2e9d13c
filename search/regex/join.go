package regex

import (
	"regexp/syntax"
	"slices"
)

// then returns the facts of a match of f followed by a match of g.
func (f facts) then(g facts) facts {
	if f.isWhole && g.isWhole {
		if len(f.whole)*len(g.whole) <= maxWhole && f.whole.crossBytes(g.whole) <= maxWholeBytes {
			return exactly(f.whole.cross(g.whole))
		}
		f = f.loose()
	}
	switch {
	case f.isWhole:
		return g.after(f.whole)
	case g.isWhole:
		return f.before(g.whole)
	}
	seam := anyOf(f.tails.cross(g.heads))
	return facts{heads: f.heads, tails: g.tails, need: conjoin(f.need, seam, g.need)}
}

// after puts texts before the heads. If the longer heads have to be cut, the cut parts
// become a need.
func (f facts) after(texts set) facts {
	longer := texts.cross(f.heads)
	heads, exact := longer.heads()
	if !exact {
		f.need = conjoin(anyOf(longer), f.need)
	}
	f.heads = heads
	return f
}

// before puts texts after the tails; see after.
func (f facts) before(texts set) facts {
	longer := f.tails.cross(texts)
	tails, exact := longer.tails()
	if !exact {
		f.need = conjoin(f.need, anyOf(longer))
	}
	f.tails = tails
	return f
}

// repeated returns the facts of one or more matches of f in a row.
func (f facts) repeated() facts {
	if f.isWhole && (len(f.whole) == 0 || slices.Equal(f.whole, nothing)) {
		return f
	}
	return f.loose()
}

func alternatives(subs []*syntax.Regexp, of func(*syntax.Regexp) facts) facts {
	parts := make([]facts, len(subs))
	for i, sub := range subs {
		parts[i] = of(sub)
	}
	return either(parts...)
}

// either returns the facts of a match of one of the parts. It joins the parts whose
// texts are all known.
func either(parts ...facts) facts {
	var whole set
	var rest []facts
	for _, p := range parts {
		if p.isWhole {
			whole = append(whole, p.whole...)
		} else {
			rest = append(rest, p)
		}
	}
	whole = newSet(whole)
	if len(rest) == 0 && len(whole) <= maxWhole && whole.bytes() <= maxWholeBytes {
		return exactly(whole)
	}
	if len(whole) > 0 {
		rest = append([]facts{exactly(whole)}, rest...)
	}
	return merge(rest)
}

func merge(parts []facts) facts {
	var heads, tails set
	needs := make([]Formula, 0, len(parts))
	for _, p := range parts {
		needs = append(needs, p.formula())
		p = p.loose()
		heads = append(heads, p.heads...)
		tails = append(tails, p.tails...)
	}
	heads, _ = newSet(heads).heads()
	tails, _ = newSet(tails).tails()
	return facts{heads: heads, tails: tails, need: disjoin(needs...)}
}
