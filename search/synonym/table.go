package synonym

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"marquee/search/text"
	"marquee/storage"
)

// Noun returns the noun.
func (t *table) Noun() *storage.Noun { return storage.Synonym }

// Load reads the synonyms.
func (t *table) Load(ctx context.Context) (version int64, replace func(), err error) {
	byID, full := map[string][]storage.SynonymRule{}, false
	version, err = t.source.AllDocuments(ctx, []*storage.Noun{storage.Synonym}, func(page []storage.Revision) error {
		for _, r := range page {
			if full = len(byID) == t.most; full {
				return nil
			}
			byID[r.Document.ID] = text.SynonymRules(r.Document)
		}
		return nil
	})
	if err != nil {
		return 0, nil, fmt.Errorf("load synonyms: %w", err)
	}
	return version, func() {
		t.byID, t.full = byID, full
		t.publish()
	}, nil
}

// Apply applies changes. After some synonyms were left out, it cannot know the ones that
// take the place of a deleted one.
func (t *table) Apply(changes []*storage.Change) bool {
	if t.full {
		return false
	}
	byID := maps.Clone(t.byID)
	for _, c := range changes {
		switch {
		case c.After != nil:
			byID[c.After.ID] = text.SynonymRules(c.After)
		case c.Before != nil:
			delete(byID, c.Before.ID)
		default:
			return false
		}
	}
	if len(byID) > t.most {
		return false
	}
	t.byID = byID
	t.publish()
	return true
}

// publish makes the rules of all synonyms, in the order of ids.
func (t *table) publish() {
	if t.full {
		t.logger.Warn("there are more synonyms than apply; the last by id are ignored", "applied", len(t.byID))
	}
	rules := &storage.SynonymRules{ByFirst: map[string][]storage.SynonymRule{}}
	for _, id := range slices.Sorted(maps.Keys(t.byID)) {
		for _, r := range t.byID[id] {
			first := r.Texts[r.Text][0]
			rules.ByFirst[first] = append(rules.ByFirst[first], r)
		}
	}
	t.count.Store(int64(len(t.byID)))
	t.rules.Store(rules)
}
