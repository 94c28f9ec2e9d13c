package edit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
)

type object = map[string]any

func TestNewDocumentHasOnlyCounters(t *testing.T) {
	t.Parallel()
	tests := map[*storage.Noun]object{
		storage.Movie:  {"likes": int64(0), "dislikes": int64(0), "views": int64(0)},
		storage.Serie:  {"likes": int64(0), "dislikes": int64(0), "views": int64(0), "seasons_count": int64(0), "episodes_count": int64(0)},
		storage.Season: {"episodes_count": int64(0)}, storage.Episode: {"views": int64(0)}, storage.Genre: {}, storage.Person: {},
	}
	for n, want := range tests {
		if diff := cmp.Diff(want, storage.NewDocument(n).Fields); diff != "" {
			t.Errorf("%s (-want +got):\n%s", n.Name, diff)
		}
	}
}

func TestApplyChangesOnlyGivenFields(t *testing.T) {
	t.Parallel()
	before := create(t, storage.Movie, `{"title":"M","description":"A city hunts.","release_year":1931,"imdb_rating":8.3,"genres":["crime"]}`)
	after := update(t, before, `{"release_month":5,"imdb_rating":8.4}`)
	wantFields(t, after, object{"title": "M", "description": "A city hunts.", "release_year": int64(1931), "release_month": int64(5),
		"imdb_rating": storage.Decimal(84), "genres": []any{"crime"}, "snippet": "M – A city hunts."})
	wantFields(t, before, object{"release_month": nil, "imdb_rating": storage.Decimal(83)})
}

func TestApplyKeepsIdentityAndNames(t *testing.T) {
	t.Parallel()
	before := create(t, storage.Movie, `{"title":"M"}`)
	before.ID, before.Names = "7", map[string][]string{"persons": {"Peter Lorre"}}
	after := update(t, before, `{"title":"M!"}`)
	if diff := cmp.Diff(before.Names, after.Names); after.ID != "7" || after.Noun != storage.Movie || diff != "" {
		t.Errorf("id %q of %v, names (-want +got):\n%s", after.ID, after.Noun, diff)
	}
}

func TestApplyClearsByNull(t *testing.T) {
	t.Parallel()
	const full = `{"title":"M","description":"d","imdb_id":"tt0022100","release_year":1931,"imdb_rating":8.3,"recommended":true,"mpaa":"NR",
		"genres":["crime"],"languages":["de"],"images":{"icon":{"16":{"url":"http://a"}}},"streams":{"720p":{"type":"HLS","url":"http://a"}},"web_links":{"a":"http://a"}}`
	d := create(t, storage.Movie, full)
	for _, name := range []string{"description", "imdb_id", "release_year", "imdb_rating", "recommended", "mpaa", "genres", "languages", "images", "streams", "web_links"} {
		after := update(t, d, `{"`+name+`":null}`)
		wantFields(t, after, object{name: nil, "title": "M"})
		again := update(t, after, `{"`+name+`":null}`)
		if !storage.SameStored(after, again) {
			t.Errorf("%s: clearing an unset field changed the document", name)
		}
	}
}

func TestApplyReplacesLists(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Movie, `{"title":"M","genres":["crime","drama"],"streams":{"720p":{"type":"HLS","url":"http://a","audio":[{"language":"de","bitrate":64},{"language":"en"}]}}}`)
	d = update(t, d, `{"genres":["war"],"streams":{"720p":{"audio":[{"codec":"AAC"}]}}}`)
	wantFields(t, d, object{"genres": []any{"war"},
		"streams": object{"720p": object{"type": "HLS", "url": "http://a", "audio": []any{object{"codec": "AAC"}}}}})
	wantFields(t, update(t, d, `{"genres":[]}`), object{"genres": []any{}})
}

func TestApplyMergesMapsAtEveryLevel(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Movie, `{"title":"M","images":{"poster":{"342":{"width":342,"height":513,"url":"http://a/342"}},"icon":{"16":{"url":"http://a/16"}}},
		"web_links":{"one":"http://one","two":"http://two"},
		"streams":{"720p":{"type":"HLS","url":"http://a","video":{"codec":"H264","height":720,"width":1280}}}}`)
	big := object{"url": "http://a/780"}
	tests := []struct {
		name, json string
		field      string
		want       any
	}{
		{"nothing", `{"images":{}}`, "images", d.Fields["images"]},
		{"a key comes", `{"web_links":{"three":"http://three"}}`, "web_links", object{"one": "http://one", "two": "http://two", "three": "http://three"}},
		{"a key changes", `{"web_links":{"one":"http://1"}}`, "web_links", object{"one": "http://1", "two": "http://two"}},
		{"a key goes", `{"web_links":{"one":null}}`, "web_links", object{"two": "http://two"}},
		{"an absent key goes", `{"web_links":{"none":null}}`, "web_links", d.Fields["web_links"]},
		{"every key goes", `{"web_links":{"one":null,"two":null}}`, "web_links", object{}},
		{"a key of the second level comes", `{"images":{"poster":{"780":{"url":"http://a/780"}}}}`, "images",
			object{"poster": object{"342": object{"width": int64(342), "height": int64(513), "url": "http://a/342"}, "780": big}, "icon": object{"16": object{"url": "http://a/16"}}}},
		{"a key of the second level goes", `{"images":{"poster":{"342":null}}}`, "images", object{"poster": object{}, "icon": object{"16": object{"url": "http://a/16"}}}},
		{"a key of the first level goes", `{"images":{"poster":null}}`, "images", object{"icon": object{"16": object{"url": "http://a/16"}}}},
		{"a member of a record changes", `{"images":{"poster":{"342":{"url":"http://b"}},"icon":null}}`, "images",
			object{"poster": object{"342": object{"width": int64(342), "height": int64(513), "url": "http://b"}}}},
		{"a member of a record goes", `{"images":{"poster":{"342":{"width":null}},"icon":null}}`, "images",
			object{"poster": object{"342": object{"height": int64(513), "url": "http://a/342"}}}},
		{"a record in a record", `{"streams":{"720p":{"video":{"codec":null,"bitrate":900}}}}`, "streams",
			object{"720p": object{"type": "HLS", "url": "http://a", "video": object{"height": int64(720), "width": int64(1280), "bitrate": int64(900)}}}},
		{"a record in a record goes", `{"streams":{"720p":{"video":null}}}`, "streams", object{"720p": object{"type": "HLS", "url": "http://a"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantFields(t, update(t, d, tt.json), object{tt.field: tt.want})
		})
	}
}

func TestApplyLeavesNullsOutOfNewMaps(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Movie, `{"title":"M","web_links":{"a":null,"b":"http://b"},"images":{"icon":{"16":null},"poster":null}}`)
	wantFields(t, d, object{"web_links": object{"b": "http://b"}, "images": object{"icon": object{}}})
}

func TestApplyRefusesUnsetRequiredFields(t *testing.T) {
	t.Parallel()
	required := map[*storage.Noun]string{storage.Movie: "title", storage.Serie: "title", storage.Genre: "name", storage.Person: "name", storage.Season: "number", storage.Episode: "number"}
	valid := map[string]string{"title": `"M"`, "name": `"M"`, "number": "1"}
	for n, name := range required {
		for _, json := range []string{`{}`, `{"` + name + `":null}`, `{"description":"d"}`} {
			_, faults := check(t, n, json).Apply(storage.NewDocument(n), true)
			wantFaults(t, faults, "/"+name+" is required")
		}
		d := create(t, n, `{"`+name+`":`+valid[name]+`}`)
		_ = update(t, d, `{"description":"d"}`)
		_, faults := check(t, n, `{"`+name+`":null}`).Apply(d, false)
		wantFaults(t, faults, "/"+name+" is required")
	}
}

func TestApplyRefusesUnsetRequiredMembers(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Movie, `{"title":"M","images":{"icon":{"16":{"url":"http://a"}}},"streams":{"720p":{"type":"HLS","url":"http://a"}}}`)
	tests := []struct {
		json string
		want []string
	}{
		{`{"images":{"icon":{"16":{"width":16}}}}`, nil},
		{`{"images":{"icon":{"16":{"url":null}}}}`, []string{"/images/icon/16/url is required"}},
		{`{"images":{"icon":{"32":{}}}}`, []string{"/images/icon/32/url is required"}},
		{`{"images":{"icon":{"32":{"width":32}},"poster":{"1":{},"2":{}}}}`, []string{"/images/icon/32/url is required", "/images/poster/1/url is required", "/images/poster/2/url is required"}},
		{`{"streams":{"480p":{}}}`, []string{"/streams/480p/type is required", "/streams/480p/url is required"}},
		{`{"streams":{"720p":{"type":null}}}`, []string{"/streams/720p/type is required"}},
		{`{"streams":{"720p":null}}`, nil},
	}
	for _, tt := range tests {
		_, faults := check(t, storage.Movie, tt.json).Apply(d, false)
		wantFaults(t, faults, tt.want...)
	}
}

func TestApplyReturnsTheFaultsOfCheckOnce(t *testing.T) {
	t.Parallel()
	_, faults := check(t, storage.Movie, `{"title":7,"likes":3,"genres":[null],"streams":{"480p":{"type":"MP4"}}}`).Apply(storage.NewDocument(storage.Movie), true)
	wantFaults(t, faults, "/title must be a text", "/likes is read-only: the server makes it", "/genres/0 must be", "/streams/480p/url is required")
}

func TestApplyFindsMissingMembersNextToOtherFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, json string
		want       []string
	}{
		{"in one record", `{"title":"M","streams":{"720p":{"type":"FLV"}}}`, []string{"/streams/720p/type must be one of", "/streams/720p/url is required"}},
		{"in two records", `{"title":"M","images":{"icon":{"16":{"width":"x","url":"http://a"},"32":{"width":32}}}}`,
			[]string{"/images/icon/16/width a whole number", "/images/icon/32/url is required"}},
		{"beside a bad key", `{"title":"M","images":{"banner":{},"icon":{"32":{}}}}`, []string{"/images/banner has a key", "/images/icon/32/url is required"}},
		{"below a bad key", `{"title":"M","streams":{"1080P":{"type":"hls"},"720p":{"type":"HLS","url":"http://a"}}}`,
			[]string{"/streams/1080P has a key", "/streams/1080P/type must be one of", "/streams/1080P/url is required"}},
		{"as a bad key's value", `{"title":"M","thumbnails":{"vtt":7}}`, []string{"/thumbnails/vtt has a key", "/thumbnails/vtt must be an absolute"}},
		{"below a bad key that is cleared", `{"title":"M","streams":{"1080P":null}}`, []string{"/streams/1080P has a key"}},
		{"beside more keys than there can be", `{"title":"M","thumbnails":{"VTT":"http://a","BIF":"http://a","x":"http://a"}}`, []string{"/thumbnails/x has a key"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, faults := check(t, storage.Movie, tt.json).Apply(storage.NewDocument(storage.Movie), true)
			wantFaults(t, faults, tt.want...)
		})
	}
}

// links returns n web links, or images of n resolutions.
func links(from, to int, value string) string {
	var items []string
	for i := from; i < to; i++ {
		items = append(items, fmt.Sprintf(`"k%d":%s`, i, value))
	}
	return "{" + strings.Join(items, ",") + "}"
}

func TestApplyBoundsTheSizeOfMaps(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Movie, `{"title":"M","web_links":`+links(0, 100, `"http://a"`)+`,"images":{"icon":`+links(0, 50, `{"url":"http://a"}`)+`}}`)
	_ = update(t, d, `{"web_links":{"k0":"http://b"}}`)
	_ = update(t, d, `{"web_links":{"k0":null,"new":"http://b"}}`)
	_, faults := check(t, storage.Movie, `{"web_links":{"new":"http://b"},"images":{"icon":{"new":{"url":"http://a"}}}}`).Apply(d, false)
	wantFaults(t, faults, "/web_links must have at most 100 keys, it would have 101", "/images/icon must have at most 50 keys, it would have 51")
	_, faults = check(t, storage.Movie, `{"title":"M","web_links":`+links(0, 101, `"http://a"`)+`}`).Apply(storage.NewDocument(storage.Movie), true)
	wantFaults(t, faults, "/web_links must have at most 100 keys")
}
