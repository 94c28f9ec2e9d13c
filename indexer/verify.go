package indexer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"marquee/search"
	"marquee/storage"
)

const (
	// maxDifferences bounds the differences that a report lists; more are counted,
	// and found again after these were repaired.
	maxDifferences = 10_000
	// looks bounds how often objects are looked at again that were written
	// meanwhile.
	looks = 4
	// lagLimit is how long a comparison waits for an indexer that comes no further,
	// and lagPoll how often it asks how far that has come.
	lagLimit = 10 * time.Second
	lagPoll  = 100 * time.Millisecond
)

// ErrNoLiveIndex is a comparison without an index that searches go to.
var ErrNoLiveIndex = errors.New("there is no search index in use")

// Verify compares the index that searches go to with the catalogue: ids,
// versions, and checksums of the documents. Writes may go on: what differs
// because of them is looked at again once the active indexer has caught up. It
// changes nothing.
func (x *Indexer) Verify(ctx context.Context) (*Report, error) {
	return x.verify(ctx, 0)
}

// verify is Verify with a bound on the objects read in a second, 0 for none.
func (x *Indexer) verify(ctx context.Context, rate int) (_ *Report, err error) {
	ctx, end := x.Trace(ctx, "index verify")
	defer func() { end(err) }()
	s, err := x.survey(ctx)
	if err != nil {
		return nil, err
	}
	if reason := s.unusable(); reason != "" {
		return nil, fmt.Errorf("%w: %s", ErrNoLiveIndex, reason)
	}
	return x.compare(ctx, s.alias, func(ctx context.Context, version int64) error { return x.await(ctx, s.alias, version) }, rate)
}

// await waits for the active indexer to bring an index to a version, as long as
// it comes nearer.
func (x *Indexer) await(ctx context.Context, index string, version int64) error {
	var last int64
	for since := x.Clock.Now(); ; {
		at, err := x.checkpoint(ctx, index)
		if at > last {
			last, since = at, x.Clock.Now()
		}
		if err != nil || at >= version || x.Clock.Now().Sub(since) > lagLimit {
			return err
		}
		x.sleep(ctx, lagPoll)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// checkpoint is how far an index has come.
func (x *Indexer) checkpoint(ctx context.Context, index string) (int64, error) {
	c, err := x.checkpoints(ctx)
	if err != nil {
		return 0, err
	}
	found := c.Find(index)
	if found == nil {
		return 0, fmt.Errorf("%w: %s was dropped meanwhile", ErrNoLiveIndex, index)
	}
	return found.Version, nil
}

// entry is what an index holds of an object.
type entry struct {
	version  int64
	checksum string
}

// suspect is an object that did not agree at the last look. gone is the version
// of the catalogue at which the object was first found not to exist, 0 when it
// existed.
type suspect struct {
	gone int64
	Difference
}

// comparison is one on its way. It holds ids, versions and checksums of the whole
// index in memory, some 150 bytes for an object.
type comparison struct {
	x     *Indexer
	index string
	// at is the checkpoint, read before the index; it may hold more than that.
	at int64
	// behind is what the checkpoint lacks of the version that was looked at, and does
	// not get.
	behind int64
	// held is what the index holds and has not been looked at.
	held     map[object]entry
	suspects map[object]suspect
	objects  int
	pace     pacer
}

// compare looks at everything, then again at what did not agree. catchUp brings
// the index to a version, or gives up without an error.
func (x *Indexer) compare(ctx context.Context, index string, catchUp func(ctx context.Context, version int64) error, rate int) (*Report, error) {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	c := &comparison{x: x, index: index, suspects: map[object]suspect{}, pace: pacer{x: x, rate: rate}}
	seen, err := c.first(ctx)
	for look := 1; err == nil; look++ {
		err = c.wait(ctx, catchUp, seen)
		if err != nil || c.behind > 0 || len(c.suspects) == 0 || look == looks {
			break
		}
		seen, err = c.again(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("compare %s with the catalogue: %w", index, err)
	}
	r, err := c.report(ctx)
	if err == nil {
		x.observe(Event{Kind: Compared, Index: index, Version: r.Version, Objects: r.Objects})
	}
	return r, err
}

// wait lets the index catch up with a version, and notes what it lacks all the
// same.
func (c *comparison) wait(ctx context.Context, catchUp func(ctx context.Context, version int64) error, seen int64) error {
	if err := catchUp(ctx, seen); err != nil {
		return err
	}
	at, err := c.x.checkpoint(ctx, c.index)
	c.behind = max(0, seen-at)
	return err
}

// first looks at every object, and returns the version of the catalogue that it
// saw. The index is read before the catalogue, so it cannot rightly hold
// anything newer than what the catalogue then shows.
func (c *comparison) first(ctx context.Context) (int64, error) {
	if err := c.scan(ctx, nil); err != nil {
		return 0, err
	}
	c.objects = len(c.held)
	seen, err := c.x.Store.Snapshot(ctx, search.IndexedNouns(), func(page []storage.Revision) error {
		for i := range page {
			c.look(&page[i])
		}
		return c.pace.wait(ctx, len(page))
	})
	if err != nil {
		return 0, err
	}
	for o := range c.held {
		c.absent(o, 0, seen)
	}
	return seen, nil
}

// again looks at the suspects.
func (c *comparison) again(ctx context.Context) (int64, error) {
	before := c.suspects
	if err := c.scan(ctx, before); err != nil {
		return 0, err
	}
	c.suspects = map[object]suspect{}
	var wanted []object
	for o := range before {
		wanted = append(wanted, o)
	}
	var seen int64
	err := c.x.eachDocument(ctx, wanted, func(o object, r *storage.Revision, at int64) {
		seen = max(seen, at)
		if r != nil {
			c.look(r)
		} else {
			c.absent(o, before[o].gone, at)
		}
	})
	return seen, err
}

// scan reads the checkpoint, then the index: all of it, or only some objects.
func (c *comparison) scan(ctx context.Context, only map[object]suspect) error {
	var err error
	if c.at, err = c.x.checkpoint(ctx, c.index); err != nil {
		return err
	}
	c.held = map[object]entry{}
	return c.x.Index.Scan(ctx, c.index, func(noun, id string, version int64, checksum string) error {
		o := object{storage.NounByName(noun), id}
		if _, wanted := only[o]; only == nil || wanted {
			c.held[o] = entry{version, checksum}
		}
		return c.pace.wait(ctx, 1)
	})
}

// look compares an object of the catalogue.
func (c *comparison) look(r *storage.Revision) {
	op := operation(r)
	o := object{op.Noun, op.ID}
	have, held := c.held[o]
	delete(c.held, o)
	d := Difference{Noun: o.noun, ID: o.id, Want: op.Version, Have: have.version}
	switch {
	case held && have.version == op.Version && have.checksum == search.Checksum(&op):
		return
	case held && have.version == op.Version:
		d.Kind = Different
	case held && have.version > op.Version:
		d.Kind = Ahead
	case op.Version > c.at: // written behind the checkpoint: the index may have it or not
		d.Kind = Unsettled
	case held:
		d.Kind = Different
	default:
		d.Kind = Missing
	}
	c.suspects[o] = suspect{Difference: d}
}

// absent judges what the index holds of an object that the catalogue did not have
// when it was at version seen. It is right to hold it as long as the deletion may
// lie behind the checkpoint.
func (c *comparison) absent(o object, gone, seen int64) {
	have, held := c.held[o]
	if !held {
		return
	}
	d := Difference{Noun: o.noun, ID: o.id, Have: have.version, Kind: Unsettled}
	switch {
	case gone == 0 || have.version > gone: // it was there, or came again, after that look
		gone = seen
	case gone <= c.at:
		d.Kind = Extra
	}
	if o.noun == nil {
		d.Kind = Extra // of no noun that this program knows
	}
	c.suspects[o] = suspect{gone, d}
}

// pacer bounds how much is read in a second.
type pacer struct {
	x    *Indexer
	rate int
	owed int
}

// wait is called for every few objects, and pauses now and then.
func (p *pacer) wait(ctx context.Context, objects int) error {
	p.owed += objects
	if p.rate > 0 && p.owed*10 >= p.rate {
		p.x.sleep(ctx, time.Duration(p.owed)*time.Second/time.Duration(p.rate))
		p.owed = 0
	}
	return ctx.Err()
}
