package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"marquee/api/param"
	"marquee/api/route"
	"marquee/storage"
)

// badValues are the boundary cases of the contract, by parameter or kind of filter.
var (
	badCounts  = []string{"..", "5...10", "-1", "07", "1.5", "99999999999999999999", "10..0", "..07", "+5", "%2B5", "0x10", "1_000", "NaN", "a", "5..x", "1,2", "%205", "5%20", "1..2..3"}
	badRatings = []string{"..", "10.1", "11", "-1", "07", ".5", "5.", "NaN", "1e1", "0x1p3", "%2B5", "8..7", "8..10.01", "7...8", "7,5", "10.00000001"}
	badTimes   = []string{"..", "2014-12-31T23-59Z", "2014-12-31T23:59", "2014-12-31T23:59:59Z", "2014-99-31T23-59", "2014-02-30T00-00", "2014-12-31T24-00",
		"2014-12-31T23-60", "2014-12-31", "2014", "now", "2014-12-31T23-59-59..2014-12-31T23-58", "2014-12-31t23-59", "2014-12-31T23-59-59.5"}
	badFlags  = []string{"1", "0", "TRUE", "t", "yes", "maybe", "true,false"}
	badValues = map[string][]string{
		"offset":      {"-1", "%2B1", "01", "1.0", "2147483648", "99999999999999999999", "abc", "1e3", "0x1", "1_0"},
		"limit":       {"0", "101", "-1", "010", "%2B5", "ten", "1.5"},
		"sort":        {"--added", "ids", "-", "+title", "TITLE", "title,added", "relevance"},
		"ids":         {"1,,2", ",1", "1,", "1,%202", "%201", "x%20y", "-1", "A_b", manyIDs},
		"fields":      {"nope", "-nope", "id,", ",", "title%20", "title..x", ".title", "title.x", "--title", "-", "Title"},
		"facets":      {"nope", "genre", "Year", "genres,", ",", "year,%20genres", "rating", "title,year"},
		"facet_limit": {"0", "101", "-1", "010", "ten", "20"}, // 20 without facets
		"expand":      {"nope", "starring,", ",", "%20starring", "Starring", "persons", "title", "starring,id"},
		"cursor":      {"x", "AAAA", "a%20b", "=", "AQ=="},
		"q":           {strings.Repeat("x", 201), strings.Repeat("%C3%A9", 201)},
		"highlight":   append([]string{"true"}, badFlags...),                        // without q
		"q_type":      {"match", "exact", "regex", "Match", "fuzzy", "match,exact"}, // without q
	}
	badByKind = map[storage.FilterKind][]string{
		storage.CountRange:   badCounts,
		storage.DecimalRange: badRatings,
		storage.DecimalAbove: {"..", "7..8", "7..", "10.1", "-1", "07", ".5", "5.", "NaN", "Inf", "1e1", "0x1p3", "%2B5", "7,5", "1_0"},
		storage.TimeRange:    badTimes,
		storage.AnyOf:        {"1,,2", ",", "1,%202", "nobody", "ALL,1", "%00", manyIDs},
		storage.AllOf:        {"1,,2", ",", "1,%202", "nobody", "ALL,1", manyIDs},
		storage.OneOf:        {"xx", "EN", "us", "en,US", "1,,2", ",", "R,%20PG", "ALL", "PG_13", "XXX", "%00", manyIDs, strings.Repeat("G,", 100) + "G"},
		storage.Flag:         badFlags,
		storage.Active:       badFlags,
	}
)

// parameters returns the parameters of a list that the public may send. TestInstants tests
// the parameter at.
func parameters(r route.Route) []param.Parameter {
	return slices.DeleteFunc(slices.Clone(r.Parameters(http.MethodGet)), func(p param.Parameter) bool { return p.Name == "at" })
}

// manyIDs is a list of one id more than allowed.
var manyIDs = strings.Repeat("1,", 100) + "1"

// lists returns the routes of lists.
func lists() []route.Route {
	return slices.DeleteFunc(route.Table(), func(r route.Route) bool { return r.Kind != route.List || !slices.Contains(r.Methods(), "GET") })
}

func TestBadValuesOfEveryParameterOfEveryList(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for _, r := range lists() {
		for _, p := range parameters(r) {
			values := badValues[p.Name]
			if p.Filter != nil {
				values = badByKind[p.Filter.Kind]
			}
			if values == nil {
				t.Fatalf("no bad values for %s", p.Name)
			}
			for _, v := range append(values, "", "%zz", "%", "a;b", "%00", "%FF", "%C3%28") {
				a := c.get(path(r) + "?" + p.Name + "=" + v)
				problem := a.refused(http.StatusBadRequest)
				if len(problem.Errors) == 0 || problem.Errors[0].Parameter != p.Name {
					t.Errorf("%s: the errors do not name the parameter: %s", a.what, a.body)
				}
				followCorrection(t, c, a, problem)
			}
			once := p.Name + "=" + first(goodValues(r.Noun, p))
			c.get(path(r) + "?" + once + "&" + once).refused(http.StatusBadRequest)
		}
	}
}

// followCorrection checks that the corrected request is accepted.
func followCorrection(t *testing.T, c *client, a *answer, p problem) {
	t.Helper()
	if p.Corrected == "" {
		return
	}
	if got := c.get(p.Corrected); got.status != http.StatusOK {
		t.Errorf("%s: the corrected request %s: got status %d: %s", a.what, p.Corrected, got.status, got.body)
	}
}

// goodValues returns values that the parameter accepts with the objects of seeded.
func goodValues(n *storage.Noun, p param.Parameter) []string {
	id := "1"
	if n.Slug {
		id = "action"
	}
	switch p.Name {
	case "offset":
		return []string{"0", "1", "2147483647"}
	case "limit":
		return []string{"1", "10", "100"}
	case "sort":
		return []string{n.Sorts[0].Name, "-" + n.Sorts[0].Name}
	case "ids":
		return []string{id, id + "," + id, strings.Repeat(id+",", 99) + id}
	case "fields":
		return []string{"id", "-id", n.Fields[1].Name, "-" + n.Fields[1].Name, "id,-" + n.Fields[1].Name}
	case "expand":
		all := strings.Split(p.Allowed, ", ")
		return append(all, strings.Join(all, ","), all[0]+","+all[0])
	case "q":
		return []string{"heat", "*:*", "a AND (b", `"x`, "%", strings.Repeat("é", 200), strings.Repeat("e\u0301", 200)}
	case "facets":
		return []string{"genres", "year", "languages,countries,year"}
	case "highlight":
		return []string{"false"}
	case "q_type", "cursor", "facet_limit":
		return nil
	}
	switch p.Filter.Kind {
	case storage.CountRange:
		return []string{"0", "5..10", "5..", "..10", "0..0", "9223372036854775807", "5..5"}
	case storage.DecimalRange:
		return []string{"0", "0.0", "10", "10.0", "7.25", "7.25..7.28", "7..", "..8.55", "7.2000000", "10.000"}
	case storage.DecimalAbove:
		return []string{"0", "0.0", "10", "10.0", "7.25", "8.499999999999999999999999"}
	case storage.TimeRange:
		return []string{"2014-12-31T23-59", "2014-12-31T23-59-58", "2014-12-31T23-59..", "..2014-12-31T23-59", "2014-12-31T23-59-30..2014-12-31T23-59", "0000-01-01T00-00..9999-12-31T23-59-59", "2016-02-29T00-00"}
	case storage.Flag, storage.Active:
		return []string{"true", "false"}
	case storage.OneOf:
		of := n.Field(p.Filter.Fields[0]).Type.Item().Enum
		return []string{of[0], of[1] + "," + of[0], of[0] + "," + of[0]}
	}
	if p.Filter.Target == "genre" {
		values := []string{"action", "action,drama", "drama,drama"}
		if p.Filter.Kind == storage.AnyOf {
			values = append(values, "ALL")
		}
		return values
	}
	return []string{"1", "1,1"}
}

func first(values []string) string { return append(values, "x")[0] }

func TestGoodValuesOfEveryParameterOfEveryList(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for _, r := range lists() {
		for _, p := range parameters(r) {
			for _, v := range goodValues(r.Noun, p) {
				a := c.get(path(r) + "?" + p.Name + "=" + url.QueryEscape(v)).want(http.StatusOK)
				if p.Answered { // TestFacets
					continue
				}
				got := a.at("meta", p.Name)
				if number, ok := got.(json.Number); ok {
					got = number.String()
				}
				want := v
				if p.List {
					want = strings.Join(slices.Compact(strings.Split(v, ",")), ",") // each item once
				}
				if got != want {
					t.Errorf("%s: meta.%s: got %v, want %q", a.what, p.Name, got, want)
				}
			}
		}
	}
}

func TestMetaOfLists(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for target, want := range map[string]string{
		"/2.0/movies": `{"offset":0,"limit":10,"total":3,"sort":"added","ids":"","genres":"","rating_from":"","fields":""}`,
		"/2.0/movies?limit=2&offset=1&sort=-year&fields=id&genres=ALL&year=..2000": `{"offset":1,"limit":2,"total":2,"sort":"-year","ids":"","genres":"ALL","year":"..2000","rating_from":"","fields":"id"}`,
		"/2.0/movies?offset=3":                       `{"offset":3,"limit":10,"total":3,"sort":"added","ids":"","genres":"","rating_from":"","fields":""}`,
		"/2.0/movies?ids=3,9,9,1&utm_source=x&gclid": `{"offset":0,"limit":10,"total":2,"sort":"added","ids":"3,9,1","genres":"","rating_from":"","fields":"","missing":["9"]}`,
		"/2.0/genres":                                `{"offset":0,"limit":10,"total":3,"sort":"name","order":"name","ids":"","fields":""}`,
		"/2.0/persons?sort=-name":                    `{"offset":0,"limit":10,"total":1,"sort":"-name","ids":"","fields":""}`,
		"/2.0/series/1/seasons":                      `{"offset":0,"limit":10,"total":1,"sort":"number","ids":"","fields":""}`,
		"/2.0/episodes?ids=1":                        `{"offset":0,"limit":10,"total":1,"sort":"number","ids":"1","fields":"","missing":[]}`,
	} {
		a := c.get(target).want(http.StatusOK)
		var envelope struct{ Meta json.RawMessage }
		if err := json.Unmarshal(a.body, &envelope); err != nil {
			t.Fatal(err)
		}
		if string(envelope.Meta) != want {
			t.Errorf("%s: meta is\n%s, want\n%s", target, envelope.Meta, want)
		}
	}
}

func TestFacets(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for query, want := range map[string]string{
		"facets=year,genres": `{"year":[{"value":1979,"count":1},{"value":1995,"count":1}],"genres":[{"value":"action","count":1},{"value":"drama","count":1}]}`,
		"facets=countries,countries,languages&facet_limit=1": `{"countries":[{"value":"US","count":2}],"languages":[{"value":"en","count":1}]}`,
		"facets=mpaa,year&year=1995&limit=1":                 `{"mpaa":[{"value":"R","count":1}],"year":[{"value":1979,"count":1},{"value":1995,"count":1}]}`,
		"facets=genres&year=1800":                            `{"genres":[]}`,
	} {
		a := c.get("/2.0/movies?" + query).want(http.StatusOK)
		var envelope struct {
			Meta struct {
				Facets json.RawMessage
				Limit  any `json:"facet_limit"`
			}
		}
		if err := json.Unmarshal(a.body, &envelope); err != nil {
			t.Fatal(err)
		}
		if string(envelope.Meta.Facets) != want {
			t.Errorf("%s: facets are\n%s, want\n%s", query, envelope.Meta.Facets, want)
		}
		if given := strings.Contains(query, "facet_limit"); given != (envelope.Meta.Limit == "1") {
			t.Errorf("%s: meta.facet_limit: got %v", query, envelope.Meta.Limit)
		}
	}
	for query, corrected := range map[string]string{
		"facets=genre,yeer":   "/2.0/movies?facets=genres,year",
		"facet_limit=5":       "/2.0/movies",
		"facets=languages,xx": "",
	} {
		if got := c.get("/2.0/movies?" + query).refused(http.StatusBadRequest).Corrected; got != corrected {
			t.Errorf("%s: got the correction %q, want %q", query, got, corrected)
		}
	}
	c.get("/2.0/series?facets=mpaa").refused(http.StatusBadRequest)
	c.get("/2.0/persons?facets=genres").refused(http.StatusBadRequest)
}

func TestFiltersChooseObjects(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	added := c.get("/2.0/movies/1").at("movie", "added").(string)
	for query, want := range map[string][]string{
		"sort=title":                  {"2", "1", "3"},
		"sort=-year":                  {"1", "2", "3"},
		"sort=year":                   {"2", "1", "3"},
		"genres=action,drama":         {"1", "2"},
		"genres_all=action,drama":     {},
		"genres=action&genres=":       nil,
		"persons=1":                   {"1"},
		"rating_from=8.3":             {"2"},
		"rating_from=8.29":            {"1", "2"},
		"rating_from=8.35":            {"2"},
		"rating=8.25..8.39":           {"1"},
		"rating=8.31..8.39":           {},
		"rating=8.3":                  {"1"},
		"rating=..10":                 {"1", "2"},
		"recommended=true":            {"3"},
		"languages=en":                {"2"},
		"languages=fr,de":             {"2"},
		"countries=GB,US":             {"1", "2"},
		"countries=GB&languages=de":   {},
		"mpaa=PG,R":                   {"1", "2"},
		"mpaa=R":                      {"1"},
		"mpaa=G":                      {},
		"recommended=false":           {"1", "2", "3"},
		"year=1979..1994":             {"2"},
		"views=0":                     {"1", "2", "3"},
		"likes=1..":                   {},
		"added=" + added:              {"1", "2", "3"},
		"added=" + added[:16]:         {"1", "2", "3"},
		"added=.." + added[:16]:       {"1", "2", "3"},
		"added=" + added[:16] + "..":  {"1", "2", "3"},
		"modified=..2000-01-01T00-00": {},
		"ids=2,1":                     {"1", "2"},
		"ids=2,1&sort=title&limit=1":  {"2"},
		"genres=ALL&year=1995":        {"1"},
		"fbclid=a&utm_x=%zz;&utm%5Fx=%zz&year=1995": {"1"},
		"&&year=1995&": {"1"},
	} {
		a := c.get("/2.0/movies?" + query)
		if want == nil {
			a.refused(http.StatusBadRequest)
			continue
		}
		if got := a.want(http.StatusOK).ids("movies"); !slices.Equal(got, want) {
			t.Errorf("%s: ids: got %v, want %v", query, got, want)
		}
	}
}

func TestEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	a := c.get("/2.0/movies?limt=5&offset=-1&rating=9..1&added=2014-12-31T23:59&genres=actoin,x%20&fields=titel&%zz=1&a;b&sort=tilte&recommended=1")
	p := a.refused(http.StatusBadRequest)
	want := []string{"%zz", "a;b", "limt", "offset", "rating", "added", "genres", "fields", "sort", "recommended", "genres", "genres"}
	if got := p.places(); !slices.Equal(got, want) {
		t.Errorf("faults are at %v, want %v", got, want)
	}
	p = c.get("/2.0/movies?limit=0&genres=actoin&persons=77").refused(http.StatusBadRequest)
	if got := p.places(); !slices.Equal(got, []string{"limit", "genres", "persons"}) {
		t.Errorf("got faults of the store or of the API alone: %v", got)
	}
}

func TestCorrections(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for query, want := range map[string]string{
		"limit=0":                            "limit=1",
		"limit=500":                          "limit=100",
		"limit=%2B5":                         "limit=5",
		"offset=007":                         "offset=7",
		"offset=-3":                          "offset=0",
		"limt=5":                             "limit=5",
		"limt=5&limit=6":                     "",
		"sort=tilte":                         "sort=title",
		"sort=-titel":                        "sort=-title",
		"genres=actoin,drama":                "genres=action,drama",
		"genres=zzzzzz":                      "",
		"genres=action&genres=drama":         "genres=action,drama",
		"limit=5&limit=5":                    "limit=5",
		"limit=5&limit=6":                    "",
		"ids=1,,2":                           "ids=1,2",
		"ids=1,%202":                         "ids=1,2",
		"ids=":                               "",
		"rating=9..1":                        "rating=1..9",
		"rating=11":                          "rating=10",
		"year=1995...1999":                   "year=1995..1999",
		"year=-5":                            "",
		"likes=007..":                        "likes=7..",
		"added=2014-12-31T23:59":             "added=2014-12-31T23-59",
		"added=2014-12-31T23:59:30Z..":       "added=2014-12-31T23-59-30..",
		"added=2014-12-31T22:59:30-01:00":    "added=2014-12-31T23-59-30",
		"added=2014-12-31":                   "added=2014-12-31T00-00..2014-12-31T23-59",
		"added=2014-01-01..2014-12-31":       "added=2014-01-01T00-00..2014-12-31T23-59",
		"added=2014-99-01T00-00":             "",
		"recommended=TRUE":                   "recommended=true",
		"fields=titel,-genre":                "fields=title,-genres",
		"fields=title.x":                     "fields=title",
		"srot=title":                         "sort=title",
		"feild=title":                        "fields=title",
		"genres=darma":                       "genres=drama",
		"genres=ALL,action":                  "genres=ALL",
		"genres=all":                         "genres=ALL",
		"genres=All,actoin":                  "genres=ALL",
		"genres_all=all":                     "",
		"recommended=ture":                   "recommended=true",
		"recommended=flase":                  "recommended=false",
		"recommended=maybe":                  "",
		"limit=0&foo=1":                      "",
		"limit=0&=1":                         "",
		"limit=0&sort=-year&utm_source=mail": "limit=1&sort=-year",
	} {
		a := c.get("/2.0/movies?" + query)
		p := a.refused(http.StatusBadRequest)
		if want != "" {
			want = "/2.0/movies?" + want
		} else if query == "ids=" {
			want = "/2.0/movies"
		}
		if p.Corrected != want {
			t.Errorf("%s: corrected: got %q, want %q", query, p.Corrected, want)
		}
		followCorrection(t, c, a, p)
	}
}

// The detail names the faulty item of a list and its parameter.
func TestDetailsNameTheFault(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for query, want := range map[string]string{
		"genres=action,actoin":                      `genres: "actoin" is not the id of a genre (did you mean action?)`,
		"ids=1,x":                                   `ids: "x" cannot be the id of any movie`,
		"genres=all":                                `genres: "all" is not the id of a genre (did you mean ALL?)`,
		"likes=9223372036854775808":                 "likes must be at most 9223372036854775807",
		"likes=1..99999999999999999999":             "likes must be at most 9223372036854775807",
		"likes=-1..99999999999999999999":            "likes FROM must be a whole number without sign and leading zeros, or a range of them: 5, 5..10, 5.., ..10; TO must be at most 9223372036854775807",
		"added=2026-13-01T00-00..2026-11-21T14-46Z": "added FROM is not a real date: 2026-13-01T00-00; TO must have the form yyyy-mm-ddThh-mm[-ss], in UTC and with hyphens, such as 2014-12-31T23-59, or be a range of them",
		"added=2026-13-01T00-00..":                  "added is not a real date: 2026-13-01T00-00",
		"rating=-1..11":                             "rating must be a number from 0.0 to 10.0, or a range of them: 7.5, 7..8.5, 7.., ..8",
		"recommended=ture":                          "recommended must be true or false (did you mean true?)",
		"fields=titel,id":                           `fields: "titel" is not a field: titel is unknown (did you mean title?)`,
		"=1":                                        "=1 is a parameter without a name",
		"=":                                         "= is a parameter without a name",
	} {
		p := c.get("/2.0/movies?" + query).refused(http.StatusBadRequest)
		if p.Detail != want || p.Type != "/problems/invalid-parameter" || p.Errors[0].Parameter == "" {
			t.Errorf("%s: the detail is %q of %+v, want %q", query, p.Detail, p.Errors, want)
		}
	}
}

func TestErrorExampleOfTheContract(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	a := c.get("/2.0/movies?limit=0", "X-Request-Id", "abc").want(http.StatusBadRequest)
	want := `{"meta":{"request_id":"abc"},"type":"/problems/invalid-parameter","title":"Invalid parameter","status":400,` +
		`"detail":"limit must be an integer from 1 to 100",` +
		`"errors":[{"parameter":"limit","value":"0","reason":"must be an integer from 1 to 100","allowed":"1-100"}],` +
		`"corrected":"/2.0/movies?limit=1"}`
	if string(a.body) != want {
		t.Errorf("the error is\n%s, want\n%s", a.body, want)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control: got %q", got)
	}
}

func TestUnknownParametersOfEveryMethod(t *testing.T) {
	t.Parallel()
	c, _ := administered(t)
	for _, r := range route.Table() {
		if r.Kind == route.Live || r.Kind == route.Ready {
			continue
		}
		for _, method := range r.Methods() {
			if method == http.MethodOptions || method == http.MethodHead {
				continue
			}
			p := c.write(method, path(r)+"?nonsense=1", "").refused(http.StatusBadRequest)
			want := []string{"nonsense"}
			if r.Kind == route.Suggest {
				want = append(want, "q")
			}
			places := slices.DeleteFunc(p.places(), func(place string) bool { return place == "" }) // a missing body is another fault
			if !slices.Equal(places, want) {
				t.Errorf("%s %s: %v", method, r.Template, places)
			}
		}
	}
	for _, target := range []string{"/2.0/movies/1?limit=1", "/2.0/genres?rating_from=5", "/2.0/genres?q=heat", "/2.0/seasons?q=one", "/2.0/movies?serie_id=1", "/2.0/seasons?serie_id=1"} {
		c.get(target).refused(http.StatusBadRequest)
	}
}

func TestLimitsOfTheQuery(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	long := "utm_x=" + strings.Repeat("a", 8<<10-6)
	c.get("/2.0/movies?" + long).want(http.StatusOK)
	c.get("/2.0/movies?" + long + "a").refused(http.StatusRequestURITooLong)
	c.get("/2.0/movies?ids=" + strings.Repeat("1,", 99) + "1").want(http.StatusOK)
	for _, name := range []string{"ids", "persons", "genres", "genres_all"} {
		p := c.get("/2.0/movies?" + name + "=" + manyIDs).refused(http.StatusBadRequest)
		if len(p.Errors) != 1 || !strings.Contains(p.Detail, name+" has 101 ids") {
			t.Error(p.Detail)
		}
	}
}

func TestCascadeBelongsToDeletionsOfParentsAndListedObjects(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for _, n := range storage.Nouns {
		id := "1"
		if n.Slug {
			id = slugs[n.Name]
		}
		want := http.StatusBadRequest
		if len(n.Children()) > 0 || n == storage.Movie {
			want = http.StatusNoContent
		}
		c.write("DELETE", fmt.Sprintf("/2.0/%s/%s?cascade=true", n.Name, id), "").want(want)
	}
	c.write("DELETE", "/2.0/serie/1?cascade=1", "").refused(http.StatusBadRequest)
}
