package openapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"marquee/api"
	"marquee/api/param"
	"marquee/api/route"
	"marquee/storage"
)

// forms are values that both the document and the API must allow (good) or refuse
// (bad).
type forms struct{ good, bad []string }

var (
	countForms = forms{
		[]string{"0", "5", "5..10", "5..", "..10", "5..5", "9223372036854775807"},
		[]string{"..", "10000000000000000000", "5...10", "-1", "+1", "07", "1.5", "a", "5..x", "5..10..20", "5 ..10", "0x5", "1_0"},
	}
	decimalForms = forms{
		[]string{"0", "7.5", "7..8.5", "7.25..", "..10.0", "10", "10.00"},
		[]string{"..", "10.1", "11", "-1", "07", "7.", ".5", "1e0", "NaN", "7,5"},
	}
	timeForms = forms{
		[]string{"2014-12-31T23-59", "2014-12-31T23-59-59", "2014-12-31T23-59..", "..2014-12-31T23-59", "2014-12-31T23-59..2015-01-01T00-00-00"},
		[]string{"..", "2014-12-31T23:59", "2014-12-31T23-59Z", "2014-12-31", "2014-12-31T23", "now", "14-12-31T23-59"},
	}
	flagForms = forms{[]string{"true", "false"}, []string{"yes", "2", "tru"}}
	idForms   = forms{[]string{"1", "1,2", "7,7"}, []string{"0", "07", "x", "1,", ",1", "1,,2", "-1", "1.0", " 1", strings.Repeat("1,", 100) + "1"}}
	slugForms = forms{[]string{"action", "sci-fi,action"}, []string{"Action", "a--b", "-a", "a,", "a b", strings.Repeat("a,", 100) + "a"}}
)

// parameterForms returns the values for a parameter, and false for an unknown one.
func parameterForms(n *storage.Noun, p param.Parameter) (forms, bool) {
	if p.Filter != nil {
		switch p.Filter.Kind {
		case storage.CountRange:
			return countForms, true
		case storage.DecimalRange:
			return decimalForms, true
		case storage.TimeRange:
			return timeForms, true
		case storage.Flag, storage.Active:
			return flagForms, true
		case storage.DecimalAbove:
			return forms{[]string{"0", "7.25", "10", "10.0"}, []string{"10.1", "11", "-1", "x", "7..8"}}, true
		case storage.OneOf:
			of := n.Field(p.Filter.Fields[0]).Type.Item().Enum
			return forms{[]string{of[0], of[0] + "," + of[1]}, []string{"x", of[0] + ",", "," + of[0], " " + of[0], of[0] + ",zz", strings.Repeat(of[0]+",", 100) + of[0]}}, true
		case storage.AnyOf, storage.AllOf:
			if storage.NounByName(p.Filter.Target).Slug { // the API does not check the form of slugs in filters
				return forms{[]string{"action", "sci-fi,action"}, []string{strings.Repeat("action,", 100) + "action"}}, true
			}
			return forms{[]string{"1", "1,2"}, []string{"0", "x", "1,", ",1", "1000000000000000000", strings.Repeat("1,", 100) + "1"}}, true
		}
	}
	switch p.Name {
	case "offset":
		return forms{[]string{"0", "5", "2147483647"}, []string{"-1", "1.5", "2147483648", "x"}}, true
	case "limit":
		return forms{[]string{"1", "100"}, []string{"0", "101", "-1", "ten"}}, true
	case "sort":
		return forms{[]string{n.Sorts[0].Name, "-" + n.Sorts[0].Name}, []string{"--" + n.Sorts[0].Name, "nope", n.Sorts[0].Name + "-"}}, true
	case "ids":
		if n.Slug {
			return slugForms, true
		}
		return idForms, true
	case "fields":
		good := []string{"id", "-id", "id,-id"}
		if n.Field("web_links") != nil {
			good = append(good, "web_links.imdb.com", "-web_links..a b.")
		}
		return forms{good, []string{"id,", ",id", "id..x", ".id", " id"}}, true
	case "expand":
		return forms{[]string{"starring", "directors,starring,directors"}, []string{"starring,", ",", "title", "Starring", "persons"}}, true
	case "q":
		return forms{good: []string{"heat", "*:*"}}, true // the bound of its length is after NFC, which no schema can express
	case "highlight": // true needs q
		return forms{[]string{"false"}, []string{"yes", "2", "tru"}}, true
	case "q_type": // without q it is always refused
		return forms{bad: []string{"fuzzy", "Match"}}, true
	case "facets":
		return forms{[]string{"genres", "year,genres,year"}, []string{"title", "genres,", ",genres", " genres", "genre"}}, true
	case "facet_limit":
		return forms{[]string{"1", "100"}, []string{"0", "101", "-1", "ten"}}, true
	case "at":
		return forms{[]string{"2027-07-04T00-00", "2027-07-04T00-00-59"}, []string{"2014-12-31T23:59", "2014-12-31", "now"}}, true
	case "cursor":
		return forms{bad: []string{"?", "a=b", "ä"}}, true
	}
	return forms{}, false
}

func TestParametersMatchDocument(t *testing.T) {
	t.Parallel()
	s := serve(t, api.Config{Catalogue: catalogue{}})
	for _, r := range route.Table() {
		if r.Kind != route.List || len(r.Variables) > 0 {
			continue
		}
		for _, p := range r.Parameters(http.MethodGet) {
			f, ok := parameterForms(r.Noun, p)
			if !ok {
				t.Errorf("%s: parameterForms has no values for %s", r.Template, p.Name)
			}
			ask := func(v string) *answer {
				with := map[string]string{"facet_limit": "facets=year&"}[p.Name]
				return s.do("GET", r.Template+"?"+with+p.Name+"="+url.QueryEscape(v), "", "Authorization", "Bearer editor")
			}
			for _, v := range f.good {
				ask(v).want(200)
			}
			for _, v := range f.bad {
				ask(v).wantInvalid(400)
			}
			if p.Default != "" {
				ask(p.Default).want(200)
			}
		}
	}
	for _, q := range []string{"since=0", "limit=1", "limit=1000", "noun=movies", "noun=genres,collections,genres"} {
		s.do("GET", "/2.0/changes?"+q, "").want(200)
	}
	for _, q := range []string{"q=heat", "q=heat&types=movies,genres", "q=heat&limit=1", "q=heat&limit=20"} {
		s.do("GET", "/2.0/suggest?"+q, "").want(200)
	}
	for _, q := range []string{"", "q=", "q=heat&types=movie", "q=heat&types=movies,", "q=heat&limit=0", "q=heat&limit=21"} {
		s.do("GET", "/2.0/suggest?"+q, "").wantInvalid(400)
	}
	for _, q := range []string{"since=-1", "since=x", "limit=0", "limit=1001", "noun=", "noun=movie", "noun=movies,", "noun=x"} {
		s.do("GET", "/2.0/changes?"+q, "").wantInvalid(400)
	}
}

// The document and the API have the same defaults.
func TestDefaultsMatchDocument(t *testing.T) {
	t.Parallel()
	doc := load(t)
	for _, r := range route.Table() {
		for _, method := range r.Methods() {
			for _, p := range r.Parameters(method) {
				o := doc.Paths.Value(r.Template).GetOperation(method)
				got := o.Parameters.GetByInAndName("query", p.Name)
				if got == nil {
					t.Fatalf("%s %s: the document has no parameter %s", method, r.Template, p.Name)
				}
				var text string
				switch v := got.Schema.Value.Default.(type) {
				case nil:
				case []any:
					text = v[0].(string)
				default:
					text = strings.Trim(encode(t, v), `"`)
				}
				if text != p.Default {
					t.Errorf("%s %s: %s: got the default %q, want %q", method, r.Template, p.Name, text, p.Default)
				}
				if got.Required != p.Required {
					t.Errorf("%s %s: %s: got required %t, want %t", method, r.Template, p.Name, got.Required, p.Required)
				}
			}
		}
	}
}
