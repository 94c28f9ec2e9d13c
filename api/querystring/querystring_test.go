package querystring_test

import (
	"slices"
	"testing"

	"marquee/api/querystring"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                               "",
		"&&":                             "",
		"limit=5&sort=-year":             "limit=5&sort=-year",
		"genres=a%2Cb+c":                 "genres=a,b+c",
		"utm_source=%zz&gclid=1&limit=5": "limit=5",
		"oauth%5Ftoken=x&limit=5":        "limit=5",
		"empty&other=":                   "empty=&other=",
	} {
		pairs, faults := querystring.Split(raw)
		if got := querystring.Join(pairs); got != want || len(faults) > 0 {
			t.Errorf("Split(%q): got %q, %v, want %q", raw, got, faults, want)
		}
	}
	for _, raw := range []string{"a=%zz", "%zz=a", "a=%ff", "a=%00", "=5", "a=1;b=2"} {
		pairs, faults := querystring.Split(raw)
		if len(pairs) > 0 || len(faults) != 1 || faults[0].Reason == "" {
			t.Errorf("Split(%q): got %v, %v, want one fault with a reason", raw, pairs, faults)
		}
	}
}

func TestFix(t *testing.T) {
	t.Parallel()
	pairs := []querystring.Pair{{Name: "limt", Value: "0"}, {Name: "ids", Value: "1,,2"}, {Name: "ids", Value: "3"}, {Name: "q", Value: ""}}
	bad := querystring.Bad("", "is bad")
	tests := []struct {
		name   string
		faults []querystring.Fault
		want   string
		ok     bool
	}{
		{"none", nil, "limt=0&ids=1,,2&ids=3&q=", true},
		{"all", []querystring.Fault{
			bad.Rename("limit").At("limt", 0), bad.Set("1").At("limt", 0), bad.Replace("", "").At("ids", 1), bad.Merge(1).At("ids", 2), bad.Drop().At("q", 3),
		}, "limit=1&ids=1,2,3", true},
		{"no fix", []querystring.Fault{bad.At("q", 3)}, "", false},
		{"no pair", []querystring.Fault{bad.Drop().At("other", -1)}, "", false},
		{"too many", slices.Repeat([]querystring.Fault{bad.Set("1").At("limt", 0)}, 21), "", false},
	}
	for _, tt := range tests {
		fixed, ok := querystring.Fix(pairs, tt.faults)
		if got := querystring.Join(fixed); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %q, %t, want %q, %t", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}
