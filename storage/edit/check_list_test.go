package edit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
	"marquee/storage/edit"
)

func TestCheckAcceptsLists(t *testing.T) {
	t.Parallel()
	ref := func(name string) any { return edit.Reference{Name: name} }
	tests := []struct {
		field, json string
		want        []any
	}{
		{"genres", `[]`, []any{}},
		{"genres", `["drama","film-noir","3-d"]`, []any{"drama", "film-noir", "3-d"}},
		{"genres", `["drama","war","drama","war"]`, []any{"drama", "war"}},
		{"genres", `[{"name":"Film noir"},"drama",{"name":"Film noir"}]`, []any{ref("Film noir"), "drama"}},
		{"starring", `["7","10","7"]`, []any{"7", "10"}},
		{"directors", `[{"name":"Agnès Varda"}]`, []any{ref("Agnès Varda")}},
		{"starring", `["999999999999999999"]`, []any{"999999999999999999"}},
		{"languages", `["en","de","en","ru"]`, []any{"en", "de", "ru"}},
		{"countries", `["US","DE","US"]`, []any{"US", "DE"}},
	}
	for _, tt := range tests {
		e := check(t, storage.Movie, `{"`+tt.field+`":`+tt.json+`}`)
		wantFaults(t, e.Faults)
		if diff := cmp.Diff(map[string]any{tt.field: tt.want}, e.Values); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.field, tt.json, diff)
		}
	}
}

func TestWrittenReturnsTheGivenListWithNilForRefusedItems(t *testing.T) {
	t.Parallel()
	ann := edit.Reference{Name: "Ann"}
	tests := []struct {
		name, json string
		want       []any
		faults     []string
	}{
		{"duplicates", `["1","1",{"name":"Ann"},"1",{"name":"Ann"},"2"]`, []any{"1", "1", ann, "1", ann, "2"}, nil},
		{"refused items", `["9","abc",null,7,{"name":" "},{},{"name":"Ann","role":"Eve"}]`, []any{"9", nil, nil, nil, nil, nil, ann},
			[]string{"/starring/1 cannot be", "/starring/2 must be", "/starring/3 must be", "/starring/4/name blank", "/starring/5/name is required", "/starring/6/role is not a field"}},
		{"none", `[]`, []any{}, nil},
		{"null", `null`, nil, nil},
		{"not a list", `"1"`, nil, []string{"/starring must be a list"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := check(t, storage.Movie, `{"starring":`+tt.json+`}`)
			wantFaults(t, e.Faults, tt.faults...)
			got, ok := e.Written("starring")
			if diff := cmp.Diff(tt.want, got); diff != "" || ok != (tt.want != nil) {
				t.Errorf("given %t (-want +got):\n%s", ok, diff)
			}
			if _, other := e.Written("directors"); other {
				t.Error("Written returned a list for a field that was not given")
			}
		})
	}
}

func TestCheckRefusesLists(t *testing.T) {
	t.Parallel()
	tests := []struct {
		field, json string
		want        []string
	}{
		{"genres", `"drama"`, []string{"/genres must be a list"}},
		{"genres", `{"name":"Drama"}`, []string{"/genres must be a list"}},
		{"genres", `[null]`, []string{"/genres/0 must be"}},
		{"genres", `["drama",null,null]`, []string{"/genres/1 must be", "/genres/2 must be"}},
		{"genres", `["Drama","sci fi","a--b","-a","a-","é",""]`, []string{"/genres/0 cannot be", "/genres/1 cannot be", "/genres/2 cannot be",
			"/genres/3 cannot be", "/genres/4 cannot be", "/genres/5 cannot be", "/genres/6 cannot be"}},
		{"genres", `[7,true,["drama"]]`, []string{"/genres/0 must be", "/genres/1 must be", "/genres/2 must be"}},
		{"starring", `["0","01","-1","+1","1.0","x"," 1","1000000000000000000"]`, []string{"/starring/0 cannot be", "/starring/1 cannot be", "/starring/2 cannot be",
			"/starring/3 cannot be", "/starring/4 cannot be", "/starring/5 cannot be", "/starring/6 cannot be", "/starring/7 cannot be"}},
		{"starring", `[7]`, []string{"/starring/0 must be"}},
		{"starring", `["1\u0000"]`, []string{"/starring/0 NUL"}},
		{"starring", `[{}]`, []string{"/starring/0/name is required"}},
		{"starring", `[{"name":null}]`, []string{"/starring/0/name is required"}},
		{"starring", `[{"name":""}]`, []string{"/starring/0/name blank"}},
		{"starring", `[{"name":" "}]`, []string{"/starring/0/name blank"}},
		{"starring", `[{"name":"a\u0000"}]`, []string{"/starring/0/name NUL"}},
		{"starring", `[{"name":7}]`, []string{"/starring/0/name must be a text"}},
		{"starring", `[{"name":` + quoted("n", 201) + `}]`, []string{"/starring/0/name it has 201"}},
		{"starring", `[{"id":"7"}]`, []string{"/starring/0/id is not a field"}},
		{"starring", `["1",{"name":"Ann","role":"Eve"}]`, []string{"/starring/1/role is not a field"}},
		{"languages", `["EN","eng","xx",""," en"]`, []string{"/languages/0 ISO", "/languages/1 ISO", "/languages/2 ISO", "/languages/3 ISO", "/languages/4 ISO"}},
		{"languages", `[{"name":"English"}]`, []string{"/languages/0 ISO"}},
		{"countries", `["us","USA","XK","UK"]`, []string{"/countries/0 ISO", "/countries/1 ISO", "/countries/2 ISO", "/countries/3 ISO"}},
	}
	for _, tt := range tests {
		e := check(t, storage.Movie, `{"`+tt.field+`":`+tt.json+`}`)
		wantFaults(t, e.Faults, tt.want...)
	}
}

func TestFaultsNameTheNearestItemOrKey(t *testing.T) {
	t.Parallel()
	tests := []struct{ json, want string }{
		{`{"languages":["EN"]}`, "en"},
		{`{"countries":["us"]}`, "US"},
		{`{"genres":[{"Name":"x"}]}`, "name"},
		{`{"images":{"Poster":{}}}`, "poster"},
		{`{"images":{"icon":{"16":{"URL":"x"}}}}`, "url"},
		{`{"streams":{"720P":{}}}`, "720p"},
		{`{"streams":{"720p":{"type":"hls","url":"http://a"}}}`, "HLS"},
		{`{"thumbnails":{"vtt":"http://a"}}`, "VTT"},
	}
	for _, tt := range tests {
		e := check(t, storage.Movie, tt.json)
		if len(e.Faults) != 1 || e.Faults[0].Nearest != tt.want {
			t.Errorf("%s: got the faults %+v, want the nearest %q", tt.json, e.Faults, tt.want)
		}
	}
}

func TestCheckBoundsTheSizeOfLists(t *testing.T) {
	t.Parallel()
	list := func(n int, item func(int) string) string {
		items := make([]string, n)
		for i := range items {
			items[i] = item(i)
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	genre := func(i int) string { return fmt.Sprintf(`"g%d"`, i) }
	person := func(i int) string { return fmt.Sprintf(`"%d"`, i+1) }
	wantFaults(t, check(t, storage.Movie, `{"genres":`+list(100, genre)+`}`).Faults)
	wantFaults(t, check(t, storage.Movie, `{"genres":`+list(101, genre)+`}`).Faults, "/genres must have at most 100 items, it has 101")
	wantFaults(t, check(t, storage.Movie, `{"starring":`+list(1000, person)+`}`).Faults)
	wantFaults(t, check(t, storage.Movie, `{"starring":`+list(1001, person)+`}`).Faults, "/starring must have at most 1000 items, it has 1001")
	audio := func(n int) string {
		return `{"streams":{"720p":{"type":"HLS","url":"http://a","audio":` + list(n, func(int) string { return "{}" }) + `}}}`
	}
	wantFaults(t, check(t, storage.Movie, audio(100)).Faults)
	wantFaults(t, check(t, storage.Movie, audio(101)).Faults, "/streams/720p/audio must have at most 100 items")
}

// The test checks every pair of letters.
func TestCodesAreThoseOfTheStandards(t *testing.T) {
	t.Parallel()
	taken := func(field string, first rune) (codes []string) {
		for a := first; a < first+26; a++ {
			for b := first; b < first+26; b++ {
				code, _ := json.Marshal([]string{string(a) + string(b)})
				if len(check(t, storage.Movie, `{"`+field+`":`+string(code)+`}`).Faults) == 0 {
					codes = append(codes, string(a)+string(b))
				}
			}
		}
		return codes
	}
	countries, languages := taken("countries", 'A'), taken("languages", 'a')
	if len(countries) != 249 {
		t.Errorf("got %d countries, want 249", len(countries))
	}
	for _, code := range []string{"US", "GB", "DE", "SU", "YU", "XK", "UK"} {
		if assigned := slices.Contains([]string{"US", "GB", "DE"}, code); slices.Contains(countries, code) != assigned {
			t.Errorf("country %s: accepted is %t", code, !assigned)
		}
	}
	for _, code := range []string{"en", "de", "zh", "he", "yi", "nb", "nn", "no", "cn", "iw", "xx"} {
		if assigned := !slices.Contains([]string{"cn", "iw", "xx"}, code); slices.Contains(languages, code) != assigned {
			t.Errorf("language %s: accepted is %t", code, !assigned)
		}
	}
}
