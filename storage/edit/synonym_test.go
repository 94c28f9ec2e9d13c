package edit_test

import (
	"strings"
	"testing"

	"marquee/storage"
)

func TestCheckOfSynonyms(t *testing.T) {
	t.Parallel()
	many := func(n int) string {
		words := make([]string, n)
		for i := range words {
			words[i] = `"` + strings.Repeat("a", i+1) + `"`
		}
		return "[" + strings.Join(words, ",") + "]"
	}
	for _, tt := range []struct {
		json string
		want []string
	}{
		{`{"words":["car","automobile"]}`, nil},
		{`{"words":["New York","nyc","8½","🎬","七人の侍"],"from":"nyc"}`, nil},
		{`{"words":` + many(20) + `,"from":null}`, nil},
		{`{"words":` + many(21) + `}`, []string{"/words must have at most 20 items, it has 21"}},
		{`{"words":["car"]}`, []string{"/words must have 2 to 20 items, it has 1"}},
		{`{"words":[]}`, []string{"/words must have 2 to 20 items, it has 0"}},
		{`{"words":null}`, []string{"/words is required"}},
		{`{"from":"car"}`, []string{"/words is required"}},
		{`{"words":"car, automobile"}`, []string{"/words must be a list"}},
		{`{"words":["car","CAR"," car"]}`, []string{"/words/1 is in the list already", "/words/2 is in the list already"}},
		{`{"words":["Été","e\u0301té","ete"]}`, []string{"/words/1 is in the list already"}},
		{`{"words":["new york","new  York"]}`, []string{"/words/1 is in the list already"}},
		{`{"words":["car","!?","",7,null,{"name":"x"},"a\u0000"]}`, []string{"/words/1 with a letter", "/words/2 with a letter", "/words/3 must be a text", "/words/4 must be", "/words/5 must be", "/words/6 NUL"}},
		{`{"words":["car",` + quoted("é", 60) + `]}`, nil},
		{`{"words":["car",` + quoted("é", 61) + `]}`, []string{"/words/1 it has 61"}},
		{`{"words":["car","automobile"],"from":"bus"}`, []string{"/from must be null or one of words"}},
		{`{"words":["car","automobile"],"from":"Car"}`, []string{"/from must be null or one of words"}},
		{`{"words":["car",7],"from":"bus"}`, []string{"/words/1 must be a text"}},
		{`{"words":["car","bus"],"from":7}`, []string{"/from must be a text"}},
		{`{"words":["car","bus"],"label":"car"}`, []string{"/label is not a field"}},
	} {
		_, faults := check(t, storage.Synonym, tt.json).Apply(storage.NewDocument(storage.Synonym), true)
		wantFaults(t, faults, tt.want...)
	}
}

// The word of from stays one of words, whichever of the two an update changes.
func TestUpdatesOfSynonyms(t *testing.T) {
	t.Parallel()
	d := create(t, storage.Synonym, `{"words":["car","automobile"],"from":"car"}`)
	d.ID = "car"
	for patch, want := range map[string]string{
		`{"words":["Cars","automobile"]}`:           "/from must be null or one of words",
		`{"words":["cab","taxi"],"from":"taxi"}`:    "",
		`{"words":["cab","taxi"],"from":null}`:      "",
		`{"words":["automobile","car","motorcar"]}`: "",
		`{"from":"automobile"}`:                     "",
		`{"from":"automobiles"}`:                    "/from must be null or one of words",
	} {
		var wanted []string
		if want != "" {
			wanted = append(wanted, want)
		}
		_, faults := check(t, storage.Synonym, patch).Apply(d, false)
		wantFaults(t, faults, wanted...)
	}
}
