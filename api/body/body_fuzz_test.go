package body

import (
	"bytes"
	"fmt"
	"marquee/storage"
	"marquee/storage/edit"
	"strings"
	"testing"
)

// FuzzBody checks that a refused body has reasons with pointers, and that the object of
// an accepted body, sent back as GET shows it, is accepted and changes nothing.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{"meta":{},"movie":{"title":"Heat","imdb_rating":7.2,"release_month":12,"genres":["drama",{"name":"Film noir"}],"languages":["en"],"countries":["US"],"mpaa":"PG-13"}}`,
		`{"movie":{"title":"Heat","imdb_rating":7.25,"release_month":13,"duration":-1,"mpaa":"X","languages":["xx"]}}`,
		`{"movie":{"title":"a","images":{"poster":{"342":{"width":342,"height":513,"url":"https://e.example/a.jpg"}}},"streams":{"720p":{"type":"HLS"}},"web_links":{"a":null}}}`,
		`{"movie":{"TITLE":"a","title":"b","title":"c","titel":1}}`, `{"movie":{"title":"\u0000"}}`, `{"movie":{"title":"\ud800"}}`, "{\"movie\":{\"title\":\"\xff\"}}", `{"movie":{"title":"a"}} x`,
		`{"movie":{"id":"1","likes":1,"snippet":null,"title":"a"}}`, `{"movie":{"imdb_id":"tt1234567","magnet_hash":"` + strings.Repeat("a", 40) + `","title":" "}}`, `{"movies":{}}`, `{"meta":{"a":1},"movie":[]}`,
		`{"genre":{"name":"Film noir","id":"film-noir"}}`, `{"person":{"name":"Ann","birth_date":"1960-02-30"}}`, `{"season":{"number":1,"serie_id":"1"}}`, `{"episode":{"number":0.5,"air_date":"2014-12-31"}}`,
		`{"serie":{"title":"A","ended_year":1}}`, `[]`, `null`, strings.Repeat("[", 40),
	} {
		for i := range storage.Nouns {
			f.Add(uint8(i), []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		n := storage.Nouns[int(which)%len(storage.Nouns)]
		d, faults := made(n, data)
		for _, wrong := range faults {
			if wrong.Reason == "" || wrong.Pointer != "" && wrong.Pointer[0] != '/' {
				t.Errorf("%s: %+v", data, wrong)
			}
		}
		if len(faults) > 0 || d == nil {
			return
		}
		body := d.AppendJSON(nil)
		object, faults := parseEnvelope(fmt.Appendf(nil, `{"meta":{},"%s":%s}`, n.Name, body), n.Name)
		if object == nil {
			t.Fatalf("%s makes %s: %v", data, body, faults)
		}
		again, more := edit.Check(n, object).Apply(d, false)
		if len(faults)+len(more) > 0 || !bytes.Equal(again.AppendJSON(nil), body) {
			t.Errorf("%s makes %s, sent back it makes %s: %v %v", data, body, again.AppendJSON(nil), faults, more)
		}
	})
}

// made returns the object of a body, nil if only the store can complete it: references
// by name have no id yet.
func made(n *storage.Noun, data []byte) (*storage.Document, []storage.Fault) {
	object, faults := parseEnvelope(data, n.Name)
	if object == nil {
		return nil, faults
	}
	d, more := edit.Check(n, object).Apply(storage.NewDocument(n), true)
	if faults = append(faults, more...); len(faults) > 0 {
		return nil, faults
	}
	if !n.Slug {
		d.ID = "7"
	}
	for _, f := range n.References() {
		list, _ := d.Fields[f.Name].([]any)
		for _, item := range list {
			if _, named := item.(edit.Reference); named {
				return nil, nil
			}
		}
	}
	return d, nil
}
