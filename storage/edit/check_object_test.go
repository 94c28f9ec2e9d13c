package edit_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/edit"
)

func TestCheckRefusesUnknownFieldsAndNamesTheNearest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		noun         *storage.Noun
		name, wanted string
	}{
		{storage.Movie, "Title", "title"},
		{storage.Movie, "TITLE", "title"},
		{storage.Movie, "titel", "title"},
		{storage.Movie, "releaseYear", "release_year"},
		{storage.Movie, "release-year", "release_year"},
		{storage.Movie, "starrings", "starring"},
		{storage.Movie, "budget", ""},
		{storage.Movie, "", ""},
		{storage.Movie, strings.Repeat("title", 1000), ""},
		{storage.Movie, "serie_id", ""},
		{storage.Season, "serieId", "serie_id"},
		{storage.Genre, "nam", "name"},
		{storage.Person, "birthdate", "birth_date"},
	}
	for _, tt := range tests {
		e := check(t, tt.noun, `{"`+tt.name+`":"x"}`)
		wantFaults(t, e.Faults, "/"+tt.name+" is not a field of this object")
		if len(e.Faults) == 1 && e.Faults[0].Nearest != tt.wanted {
			t.Errorf("%s: got the nearest %q, want %q", tt.name, e.Faults[0].Nearest, tt.wanted)
		}
	}
}

func TestCheckRefusesDuplicates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		json string
		want []string
	}{
		{`{"title":"a","title":"b"}`, []string{"/title is given twice"}},
		{`{"title":"a","title":"a","title":null}`, []string{"/title is given twice", "/title is given twice"}},
		{`{"title":"a","\u0074itle":"b"}`, []string{"/title is given twice"}},
		{`{"title":"a","Title":"b"}`, []string{"/Title is not a field"}},
		{`{"x":1,"x":2}`, []string{"/x is not a field", "/x is given twice"}},
		{`{"id":"1","id":"1"}`, []string{"/id is given twice"}},
		{`{"web_links":{"a":"http://a","a":"http://b"}}`, []string{"/web_links/a is given twice"}},
		{`{"images":{"icon":{"16":{"url":"http://a","url":"http://a"}}}}`, []string{"/images/icon/16/url is given twice"}},
		{`{"genres":[{"name":"Noir","name":"Noir"}]}`, []string{"/genres/0/name is given twice"}},
	}
	for _, tt := range tests {
		wantFaults(t, check(t, storage.Movie, tt.json).Faults, tt.want...)
	}
}

func TestCheckEscapesPointers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		json string
		want []string
	}{
		{`{"a/b~c":1}`, []string{"/a~1b~0c is not a field"}},
		{`{"~1":1}`, []string{"/~01 is not a field"}},
		{`{"web_links":{"a/b":"x","c~d":"x","~1":"x"}}`, []string{"/web_links/a~1b URL", "/web_links/c~0d URL", "/web_links/~01 URL"}},
		{`{"web_links":{"/":"http://a","/":"http://a"}}`, []string{"/web_links/~1 is given twice"}},
		{`{"images":{"a/b":{}}}`, []string{"/images/a~1b has a key"}},
		{`{"images":{"icon":{"x/y":{}}}}`, []string{"/images/icon/x~1y has a key"}},
	}
	for _, tt := range tests {
		wantFaults(t, check(t, storage.Movie, tt.json).Faults, tt.want...)
	}
}

func TestCheckFindsEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	e := check(t, storage.Movie, `{
		"title": 7, "Description": "x", "imdb_rating": 7.25, "mpaa": "pg", "duration": 90,
		"genres": ["drama", null, "No Slug", {"alias": "x"}, {"name": ""}],
		"languages": ["en", "xx1", 7],
		"starring": ["0", {"name": "Ann"}, {}],
		"images": {"poster": {"342": {"width": "w", "hight": 1, "url": "x"}, "W1": {}}, "banner": {}, "icon": 1},
		"streams": {"720p": {"type": "FLV", "url": "http://a", "audio": [{"bitrate": 0}, 1], "video": {"codec": ""}}},
		"subtitles": {"en": "x", "zz": "http://a"},
		"likes": true, "duration": 91}`)
	wantFaults(t, e.Faults,
		"/title must be a text",
		"/Description is not a field",
		"/imdb_rating one decimal",
		"/mpaa must be one of",
		"/genres/1 must be",
		"/genres/2 cannot be the id of any genre",
		"/genres/3/alias is not a field",
		"/genres/4/name blank",
		"/languages/1 ISO 639-1",
		"/languages/2 ISO 639-1",
		"/starring/0 cannot be the id of any person",
		"/starring/2/name is required",
		"/images/poster/342/width a whole number",
		"/images/poster/342/hight is not a field",
		"/images/poster/342/url URL",
		"/images/poster/W1 has a key that must be a resolution",
		"/images/banner has a key that must be one of poster, backdrop, icon",
		"/images/icon must be an object",
		"/streams/720p/type must be one of HLS, DASH, MP4",
		"/streams/720p/audio/0/bitrate a whole number",
		"/streams/720p/audio/1 must be an object",
		"/streams/720p/video/codec blank",
		"/subtitles/en URL",
		"/subtitles/zz has a key that must be an ISO 639-1 code",
		"/likes must be a whole number",
		"/duration is given twice",
	)
	if got := slices.Sorted(maps.Keys(e.Values)); !slices.Equal(got, []string{"duration"}) {
		t.Errorf("got the values of %v, want only duration", got)
	}
}

func TestCheckPutsReadOnlyFieldsInAsserted(t *testing.T) {
	t.Parallel()
	e := check(t, storage.Episode, `{"id":"7","serie_id":"1","season_id":"2","number":3,"snippet":"s","views":9,"added":"2024-01-02T03-04-05","modified":"2024-01-02T03-04"}`)
	wantFaults(t, e.Faults)
	if diff := cmp.Diff(map[string]any{"number": int64(3)}, e.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	want := map[string]any{"id": "7", "serie_id": "1", "season_id": "2", "snippet": "s", "views": int64(9),
		"added": at("2024-01-02T03-04-05"), "modified": at("2024-01-02T03-04-00")}
	if diff := cmp.Diff(want, e.Asserted); diff != "" {
		t.Errorf("asserted (-want +got):\n%s", diff)
	}
}

func TestCheckOfNoMembersIsAnEmptyEdit(t *testing.T) {
	t.Parallel()
	for _, n := range storage.Nouns {
		e := edit.Check(n, storage.Members{})
		if e.Noun != n || len(e.Values)+len(e.Asserted)+len(e.Faults) > 0 {
			t.Errorf("%s: got %+v, want an empty edit", n.Name, e)
		}
	}
}
