package vocabulary

import (
	"context"
	"fmt"

	"marquee/search/follow"
	"marquee/search/touch"
	"marquee/storage"
)

// part is the words of one noun; see follow.Part.
type part struct {
	*Copy
	noun *storage.Noun
}

var _ follow.Part = part{}

// Noun returns the noun.
func (p part) Noun() *storage.Noun { return p.noun }

// Load reads the words.
func (p part) Load(ctx context.Context) (version int64, replace func(), err error) {
	l := newLoader()
	if version, err = p.source.Vocabulary(ctx, p.noun, l.add); err != nil {
		return 0, nil, fmt.Errorf("load words of %s: %w", p.noun.Plural, err)
	}
	loaded := l.words()
	return version, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.words[p.noun] = loaded
	}, nil
}

// Apply counts the words of changed objects.
func (p part) Apply(changes []*storage.Change) bool {
	differences := map[string]int{}
	for _, change := range changes {
		if change.Before == nil && change.After == nil {
			return false
		}
		count(differences, change.Before, -1)
		count(differences, change.After, 1)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.words[p.noun]
	for word, objects := range differences {
		if objects != 0 {
			w.add(word, objects)
		}
	}
	return true
}

// count adds a number to each word of a document, and to the empty one.
func count(differences map[string]int, d *storage.Document, by int) {
	if d == nil {
		return
	}
	differences[""] += by
	for _, word := range touch.TermsOf(d).Words() {
		differences[word] += by
	}
}
