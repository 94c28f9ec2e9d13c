package api_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"marquee/api"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/edit"
	"marquee/storage/period"
	"marquee/storage/schedule"
	"marquee/storage/spelling"
	"marquee/storage/textform"
)

// memory is a small Catalogue in memory, with storage's own rules. It can fail on
// demand.
type memory struct {
	mu      sync.Mutex
	objects map[*storage.Noun]map[string]*entry
	made    map[*storage.Noun]int
	keys    map[string]*replayed
	bulks   map[string]*edit.BulkWritten
	log     []storage.Change
	version int64
	grown   chan struct{} // closed and replaced by every write
	votes   map[string]storage.Vote
	views   map[string]int
	apps    []credential.App
	tokens  []credential.Token
	// fail is called first by every method, unless it is nil.
	fail func(ctx context.Context) error
}

type entry struct {
	document *storage.Document
	version  int64
}

type replayed struct {
	digest  []byte
	written edit.Written
}

var (
	_ api.Catalogue = (*memory)(nil)
	_ api.Versions  = (*memory)(nil)
	_ api.Views     = (*memory)(nil)
)

// The tokens of an editor, an admin, and a user who may only read.
const (
	editorToken = "editor-token"
	adminToken  = "admin-token"
	readerToken = "reader-token"
)

func newMemory() *memory {
	m := &memory{objects: map[*storage.Noun]map[string]*entry{}, made: map[*storage.Noun]int{}, keys: map[string]*replayed{}, bulks: map[string]*edit.BulkWritten{}, grown: make(chan struct{}),
		votes: map[string]storage.Vote{}, views: map[string]int{}}
	for _, n := range storage.Nouns {
		m.objects[n] = map[string]*entry{}
	}
	return m
}

// begin acquires the lock, unless fail returns an error.
func (m *memory) begin(ctx context.Context) error {
	m.mu.Lock()
	if m.fail != nil {
		if err := m.fail(ctx); err != nil {
			m.mu.Unlock()
			return err
		}
	}
	return nil
}

func (m *memory) find(n *storage.Noun, id string, parents []string) (*entry, error) {
	e := m.objects[n][id]
	for i, p := range parents {
		if e != nil && e.document.Fields[n.Parents[i].IDName()] != p {
			e = nil
		}
	}
	if e == nil {
		return nil, storage.NoObject(n, id)
	}
	return e, nil
}

func (e *entry) object() *storage.Object {
	at, _ := e.document.Fields["modified"].(time.Time)
	return &storage.Object{Noun: e.document.Noun, ID: e.document.ID, Version: e.version, Modified: at, Body: e.document.AppendJSON(nil)}
}

func (m *memory) Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	e, err := m.find(n, id, parents)
	if err != nil {
		return nil, err
	}
	return e.object(), nil
}

func (m *memory) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	if err := m.check(q); err != nil {
		return nil, err
	}
	var all []*entry
	tally := storage.NewTally(q)
	for _, e := range m.objects[q.Noun] {
		if q.Matches(e.document) {
			all = append(all, e)
		}
		if q.Common().Matches(e.document) {
			tally.Add(e.document)
		}
	}
	order := q.Order
	if order.Sort == &storage.Relevance { // this fake ranks by the default order
		order.Sort = &q.Noun.Sorts[0]
	}
	slices.SortFunc(all, func(a, b *entry) int { return order.Compare(a.document, b.document) })
	page := &storage.Page{Total: len(all), AsOf: m.version, Facets: tally.Facets()}
	for _, id := range q.IDs {
		if e := m.objects[q.Noun][id]; e == nil || slices.ContainsFunc(q.Conditions, func(c storage.Condition) bool { return c.Hides && !c.Matches(e.document) }) {
			page.Missing = append(page.Missing, id)
		}
	}
	for _, c := range q.Conditions {
		if c.Filter.Kind == storage.Active {
			page.Until = m.boundary(q.Noun, c.At)
		}
	}
	start := min(q.Offset, len(all))
	if q.After != nil {
		start = 1 + slices.IndexFunc(all, func(e *entry) bool { return e.document.ID == q.After.ID })
	}
	end := min(start+q.Limit, len(all))
	for _, e := range all[start:end] {
		page.Objects = append(page.Objects, *e.object())
	}
	if end < len(all) {
		last := all[end-1].document
		page.Next = &storage.Position{Key: order.Sort.Key(last, order.Descending), ID: last.ID}
	}
	return page, nil
}

// boundary returns the first instant after at at which a period starts or ends.
func (m *memory) boundary(n *storage.Noun, at time.Time) (first time.Time) {
	for _, e := range m.objects[n] {
		if b, ok := period.Boundary(storage.Periods(e.document), at); ok && (first.IsZero() || b.Before(first)) {
			first = b
		}
	}
	return first
}

func (m *memory) check(q *storage.Query) error {
	var faults []storage.Fault
	for _, c := range q.Conditions {
		switch c.Filter.Kind {
		case storage.Within:
			if m.objects[storage.NounByName(c.Filter.Name[:len(c.Filter.Name)-3])][c.IDs[0]] == nil {
				return storage.Errorf(storage.NotFound, "the path names a parent that does not exist")
			}
		case storage.AnyOf, storage.AllOf:
			if q.Lenient {
				continue
			}
			target := storage.NounByName(c.Filter.Target)
			var known []string
			for id := range m.objects[target] {
				known = append(known, id)
			}
			for _, id := range c.IDs {
				if !slices.Contains(known, id) {
					f := storage.Fault{Parameter: c.Filter.Name, Value: id, Reason: "is not the id of a " + target.Name}
					if target.Slug {
						f.Nearest = spelling.Nearest(id, known)
					}
					faults = append(faults, f)
				}
			}
		}
	}
	if len(faults) > 0 {
		return &storage.Error{Code: storage.Invalid, Detail: "unknown ids", Faults: faults}
	}
	return nil
}

func (m *memory) Write(ctx context.Context, w *edit.Write) (*edit.Written, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	if w.Idempotency != nil {
		if r := m.keys[w.Who+w.Idempotency.Key]; r != nil {
			if !bytes.Equal(r.digest, w.Idempotency.Digest) {
				return nil, storage.Errorf(storage.KeyReused, "the key came with another request")
			}
			again := r.written
			object := *again.Object
			again.Object, again.Replayed = &object, true
			return &again, nil
		}
	}
	written, err := m.apply(w)
	close(m.grown)
	m.grown = make(chan struct{})
	if err == nil && w.Idempotency != nil {
		stored := *written
		object := *written.Object
		stored.Object = &object
		m.keys[w.Who+w.Idempotency.Key] = &replayed{digest: w.Idempotency.Digest, written: stored}
	}
	return written, err
}

func (m *memory) apply(w *edit.Write) (*edit.Written, error) {
	current := &entry{document: storage.NewDocument(w.Noun)}
	if w.Operation != storage.Create {
		var err error
		if current, err = m.find(w.Noun, w.ID, w.Parents); err != nil {
			return nil, err
		}
		if !w.Condition.Allows(current.document, current.version) {
			return nil, storage.Errorf(storage.PreconditionFailed, "the object has another version")
		}
	}
	change := storage.Change{Noun: w.Noun, Operation: w.Operation, Who: w.Who, At: storage.Now()}
	if w.Operation != storage.Create {
		change.Before = current.document
	}
	if w.Operation == storage.Delete {
		m.version++
		delete(m.objects[w.Noun], w.ID)
		change.Version, change.IDs = m.version, []string{w.ID}
		m.log = append(m.log, change)
		return &edit.Written{Version: m.version}, nil
	}
	schedule.Set(current.document, w.At)
	d, faults := w.Edit.Apply(current.document, w.Operation == storage.Create)
	if len(faults) > 0 {
		return nil, storage.InvalidObject(w.Noun, faults)
	}
	if w.Operation == storage.Update && storage.SameStored(current.document, d) {
		return &edit.Written{Object: current.object(), Version: m.version}, nil
	}
	m.version++
	if w.Operation == storage.Create {
		m.place(d, w)
	}
	if w.Noun.Field("modified") != nil {
		d.Fields["modified"] = change.At
	}
	e := &entry{document: d, version: m.version}
	m.objects[w.Noun][d.ID] = e
	change.Version, change.IDs, change.After = m.version, []string{d.ID}, d
	m.log = append(m.log, change)
	return &edit.Written{Object: e.object(), Version: m.version}, nil
}

// place sets the fields of a new document that the server sets.
func (m *memory) place(d *storage.Document, w *edit.Write) {
	m.made[w.Noun]++ // an id is not given twice
	d.ID = strconv.Itoa(m.made[w.Noun])
	if w.Noun.Slug {
		d.ID = textform.Slug(d.Label())
	}
	for i, p := range w.Noun.Parents {
		field := p.IDName()
		if w.Parents != nil {
			d.Fields[field] = w.Parents[i]
		} else if id := w.Edit.Asserted[field]; id != nil {
			d.Fields[field] = id
		}
	}
	if season, _ := d.Fields["season_id"].(string); season != "" { // which knows its serie
		d.Fields["serie_id"] = m.objects[storage.Season][season].document.Fields["serie_id"]
	}
	if w.Noun.Field("added") != nil {
		d.Fields["added"] = storage.Now()
	}
}

func (m *memory) Changes(ctx context.Context, since int64, limit int) (*storage.Changes, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	if since > m.version {
		return nil, &storage.Error{Code: storage.Invalid, Faults: []storage.Fault{{Parameter: "since", Value: fmt.Sprint(since),
			Reason: "is ahead of the catalogue's version"}}}
	}
	out := &storage.Changes{Version: m.version}
	for _, c := range m.log {
		if c.Version > since && len(out.Changes) < limit {
			out.Changes = append(out.Changes, c)
		}
	}
	return out, nil
}

func (m *memory) ChangesAfter(ctx context.Context, at storage.LogPosition, limit int) (*storage.Changes, error) {
	out, err := m.Changes(ctx, at.Whole(), limit)
	if err != nil {
		return nil, err
	}
	out.Changes = slices.DeleteFunc(out.Changes, func(c storage.Change) bool { return !at.Precedes(&c) })
	return out, nil
}

// ChangesOf looks at a few changes only, so that a page may end before it has enough.
func (m *memory) ChangesOf(ctx context.Context, nouns []*storage.Noun, since int64, limit int) (*storage.Changes, int64, error) {
	const scanned = 4
	out, err := m.Changes(ctx, since, scanned)
	if err != nil {
		return nil, 0, err
	}
	next := out.Version
	if n := len(out.Changes); n == scanned {
		next = out.Changes[n-1].Version
	}
	out.Changes = slices.DeleteFunc(out.Changes, func(c storage.Change) bool { return !slices.Contains(nouns, c.Noun) })
	if len(out.Changes) > limit {
		out.Changes = out.Changes[:limit]
		next = out.Changes[limit-1].Version
	}
	return out, next, nil
}

func (m *memory) Authenticate(ctx context.Context, token string) (*credential.User, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	switch token {
	case editorToken:
		return &credential.User{Name: "ed", Role: credential.Editor}, nil
	case adminToken:
		return &credential.User{Name: "ada", Role: credential.Admin}, nil
	case readerToken:
		return &credential.User{Name: "ray", Role: "reader"}, nil
	}
	return nil, storage.Errorf(storage.NotFound, "unknown token")
}

func (m *memory) Version() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.version
}

func (m *memory) Wait(ctx context.Context, version int64) error {
	for {
		m.mu.Lock()
		reached, grown := m.version >= version, m.grown
		m.mu.Unlock()
		if reached {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-grown:
		}
	}
}

func (m *memory) Ready(ctx context.Context) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	m.mu.Unlock()
	return nil
}

// slugs are the ids of seeded objects of nouns with slugs, by noun.
var slugs = map[string]string{"genre": "action", "collection": "heist-night", "synonym": "car"}

// seeded returns a client of an API over a memory with a few objects of every noun.
func seeded(t testing.TB) (*client, *memory) {
	t.Helper()
	m := newMemory()
	c := &client{t: t, handler: newAPI(t, m), token: editorToken}
	for _, name := range []string{"Action", "Drama", "Film Noir"} {
		c.post("/2.0/genres", `{"genre":{"name":"`+name+`"}}`)
	}
	c.post("/2.0/persons", `{"person":{"name":"Ann Person"}}`)
	c.post("/2.0/movies", `{"movie":{"title":"Heat","description":"A thief.","imdb_rating":8.3,"release_year":1995,"genres":["action"],"mpaa":"R","countries":["US"],"starring":["1"],
		"images":{"poster":{"342":{"width":342,"height":513,"url":"https://img.example/p"}}},
		"web_links":{"..":"https://a.example/","imdb.com":"https://imdb.example/1"},
		"streams":{"720p":{"type":"HLS","url":"https://s.example/1","audio":[{"language":"en","codec":"AAC"}]}}}}`)
	c.post("/2.0/movies", `{"movie":{"title":"Alien","imdb_rating":8.5,"release_year":1979,"genres":["drama"],"mpaa":"PG","languages":["fr","en"],"countries":["GB","US"]}}`)
	c.post("/2.0/movies", `{"movie":{"title":"Zodiac","recommended":true}}`)
	c.post("/2.0/series", `{"serie":{"title":"Dark"}}`)
	c.post("/2.0/series/1/seasons", `{"season":{"number":1}}`)
	c.post("/2.0/series/1/seasons/1/episodes", `{"episode":{"number":1,"title":"Secrets"}}`)
	c.post("/2.0/collections", `{"collection":{"name":"Heist night","query":"genres=action","pins":["2"],"hidden":["3"]}}`)
	c.post("/2.0/synonyms", `{"synonym":{"words":["Car","automobile"],"from":"automobile"}}`)
	return c, m
}
