package pair

import (
	"context"
	"fmt"
	"slices"

	"marquee/search"
	"marquee/storage"
)

// Survey is the state of the physical indices in both stores.
type Survey struct {
	*storage.Checkpoints
	// Alias is the index that searches go to, "" if there is none.
	Alias   string
	indices []search.Physical
}

// Survey reads the state of the physical indices.
func (p *Pair) Survey(ctx context.Context) (*Survey, error) {
	s := &Survey{}
	var err error
	if s.Checkpoints, err = p.Checkpoints(ctx); err != nil {
		return nil, err
	}
	err = OnIndex(ctx, func(ctx context.Context) (err error) {
		if s.indices, err = p.Index.Indices(ctx); err != nil {
			return err
		}
		s.Alias, err = p.Index.Alias(ctx)
		return err
	})
	return s, err
}

// Exists reports whether there is a physical index of that name.
func (s *Survey) Exists(name string) bool { return s.physical(name) != nil }

func (s *Survey) physical(name string) *search.Physical {
	if i := slices.IndexFunc(s.indices, func(p search.Physical) bool { return p.Name == name }); i >= 0 {
		return &s.indices[i]
	}
	return nil
}

// Unusable returns the reason why searches need another index than the one that
// they go to, "" if they do not.
func (s *Survey) Unusable() string {
	if s.Alias == "" {
		return "there is none"
	}
	if !s.Exists(s.Alias) {
		return "the alias points to an index that is not ours"
	}
	c := s.Find(s.Alias)
	switch {
	case c == nil:
		return "it has no checkpoint"
	case c.Version < s.Pruned:
		return fmt.Sprintf("its checkpoint is version %d, and the change log begins after %d", c.Version, s.Pruned)
	case c.Version > s.Version:
		return fmt.Sprintf("its checkpoint is version %d of another catalogue", c.Version)
	}
	return ""
}

// Outdated reports whether the index that searches go to was made with another
// mapping.
func (s *Survey) Outdated(mapping string) bool { return s.physical(s.Alias).Mapping != mapping }

// Settled reports whether the one live index is the one that searches go to.
func (s *Survey) Settled() bool {
	live := s.In(storage.Live)
	return len(live) == 1 && live[0].Index == s.Alias
}
