package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"marquee/indexer/pair"
	"marquee/search"
	"marquee/storage"
)

// looks bounds how often objects are looked at that were written meanwhile.
const looks = 4

// CatchUp brings an index to a version, or gives up without an error.
type CatchUp func(ctx context.Context, version int64) error

// entry is an object as an index has it.
type entry struct {
	version  int64
	checksum string
}

// suspect is an object that did not agree at the last look.
type suspect struct {
	// gone is the version of the catalogue at which the object was first found not to
	// exist, 0 if it existed.
	gone int64
	Difference
}

// comparison is a comparison in progress. It holds ids, versions and checksums of
// the whole index in memory, some 150 bytes for an object.
type comparison struct {
	*pair.Pair
	index string
	// at is the checkpoint, read before the index; the index may have newer changes.
	at int64
	// lag is how many versions the checkpoint still lacks of the catalogue's, although
	// the index had time to catch up.
	lag int64
	// entries are the objects of the index that have not been looked at.
	entries  map[pair.Object]entry
	suspects map[pair.Object]suspect
	objects  int
	pace     *pair.Pacer
}

// Compare looks at all objects, then again at those that did not agree. rate bounds
// the objects that it reads in a second; 0 is no bound.
func Compare(ctx context.Context, p *pair.Pair, index string, catchUp CatchUp, rate int) (r *Report, err error) {
	err = pair.OnAll(ctx, func(ctx context.Context) error {
		c := &comparison{Pair: p, index: index, suspects: map[pair.Object]suspect{}, pace: p.NewPacer(rate)}
		if err := c.run(ctx, catchUp); err != nil {
			return fmt.Errorf("compare %s with the catalogue: %w", index, err)
		}
		r, err = c.report(ctx)
		return err
	})
	if err == nil {
		p.Stepped()
	}
	return r, err
}

func (c *comparison) run(ctx context.Context, catchUp CatchUp) error {
	seen, err := c.lookAtAll(ctx)
	for look := 1; err == nil; look++ {
		if err := c.wait(ctx, catchUp, seen); err != nil {
			return err
		}
		if c.lag > 0 || len(c.suspects) == 0 || look == looks {
			return nil
		}
		seen, err = c.lookAgain(ctx)
	}
	return err
}

// wait lets the index catch up with a version, and notes the remaining lag.
func (c *comparison) wait(ctx context.Context, catchUp CatchUp, seen int64) error {
	if err := catchUp(ctx, seen); err != nil {
		return err
	}
	at, err := c.Checkpoint(ctx, c.index)
	c.lag = max(0, seen-at)
	return err
}

// lookAtAll looks at every object, and returns the version of the catalogue that it
// read. It reads the index before the catalogue, so a healthy index has nothing
// newer than the catalogue shows.
func (c *comparison) lookAtAll(ctx context.Context) (int64, error) {
	if err := c.scan(ctx, nil); err != nil {
		return 0, err
	}
	c.objects = len(c.entries)
	seen, err := c.Store.AllDocuments(ctx, search.IndexedNouns(), func(page []storage.Revision) error {
		for i := range page {
			c.look(&page[i])
		}
		return c.pace.Wait(ctx, len(page))
	})
	if err != nil {
		return 0, err
	}
	for o := range c.entries {
		c.absent(o, 0, seen)
	}
	return seen, nil
}

// lookAgain looks at the suspects.
func (c *comparison) lookAgain(ctx context.Context) (int64, error) {
	before := c.suspects
	if err := c.scan(ctx, before); err != nil {
		return 0, err
	}
	c.suspects = map[pair.Object]suspect{}
	var seen int64
	err := c.EachDocument(ctx, slices.Collect(maps.Keys(before)), func(o pair.Object, r *storage.Revision, at int64) error {
		seen = max(seen, at)
		if r != nil {
			c.look(r)
		} else {
			c.absent(o, before[o].gone, at)
		}
		return nil
	})
	return seen, err
}

// scan reads the checkpoint, then the index: all of it, or only some objects.
func (c *comparison) scan(ctx context.Context, only map[pair.Object]suspect) error {
	var err error
	if c.at, err = c.Checkpoint(ctx, c.index); err != nil {
		return err
	}
	c.entries = map[pair.Object]entry{}
	return c.Index.Scan(ctx, c.index, func(noun, id string, version int64, checksum string) error {
		o := pair.Object{Noun: storage.NounByName(noun), ID: id}
		if _, wanted := only[o]; only == nil || wanted {
			c.entries[o] = entry{version, checksum}
		}
		return c.pace.Wait(ctx, 1)
	})
}

// look compares an object of the catalogue with the index.
func (c *comparison) look(r *storage.Revision) {
	op := pair.Operation(r)
	o := pair.ObjectOf(&op)
	have, found := c.entries[o]
	delete(c.entries, o)
	d := Difference{Noun: o.Noun, ID: o.ID, Want: op.Version, Have: have.version}
	switch {
	case found && have.version == op.Version && have.checksum == search.Checksum(&op):
		return
	case found && have.version == op.Version:
		d.Kind = Different
	case found && have.version > op.Version:
		d.Kind = Ahead
	case op.Version > c.at: // written after the checkpoint: the index may have it or not
		d.Kind = Unsettled
	case found:
		d.Kind = Different
	default:
		d.Kind = Missing
	}
	c.suspects[o] = suspect{Difference: d}
}

// absent judges an object that the index may have and that did not exist when the
// catalogue was at version seen. The index may still have it as long as the
// deletion may be later than the checkpoint.
func (c *comparison) absent(o pair.Object, gone, seen int64) {
	have, found := c.entries[o]
	if !found {
		return
	}
	d := Difference{Noun: o.Noun, ID: o.ID, Have: have.version, Kind: Unsettled}
	switch {
	case gone == 0 || have.version > gone: // it existed at the look before, or was created again since
		gone = seen
	case gone <= c.at:
		d.Kind = Extra
	}
	if o.Noun == nil { // this program does not know the noun
		d.Kind = Extra
	}
	c.suspects[o] = suspect{gone, d}
}
