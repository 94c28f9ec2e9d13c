package api_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"marquee/api"
	"marquee/cache/plan"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres"
)

// clock is a clock that tests move.
type clock struct{ at atomic.Pointer[time.Time] }

func (c *clock) now() time.Time { return *c.at.Load() }

func (c *clock) set(text string) {
	at, _, ok := storage.ParseTime(text)
	if !ok {
		panic("the time " + text + " is malformed")
	}
	c.at.Store(&at)
}

// scheduled is a catalogue with four collections, seen by callers at the time of a clock.
type scheduled struct {
	clock                  clock
	public, reader, editor *client
	// report has what the API said to a cache in front of its last answer to the public.
	report *plan.Report
}

// opened is a store with its users.
type opened interface {
	api.Catalogue
	CreateToken(ctx context.Context, u credential.User) (string, error)
}

func (m *memory) CreateToken(context.Context, credential.User) (string, error) {
	return editorToken, nil
}

// withReader is a catalogue with a user who may only read.
type withReader struct{ api.Catalogue }

func (c withReader) Authenticate(ctx context.Context, token string) (*credential.User, error) {
	if token == readerToken {
		return &credential.User{Name: "ray", Role: "reader"}, nil
	}
	return c.Catalogue.Authenticate(ctx, token)
}

// forStores runs a test over the fake and over PostgreSQL.
func forStores(t *testing.T, test func(t *testing.T, s *scheduled)) {
	t.Helper()
	run := func(name string, open func(t *testing.T) opened) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newScheduled(t, open(t)))
		})
	}
	run("memory", func(*testing.T) opened { return newMemory() })
	run("postgres", func(t *testing.T) opened { return openStore(t) })
}

func openStore(t *testing.T) *postgres.Store {
	t.Helper()
	url := devstack.Postgres(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if _, err := postgres.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newScheduled(t *testing.T, store opened) *scheduled {
	s := &scheduled{}
	s.clock.set("2027-07-10T12-00")
	log := &memoryTail{memory: newMemory()} // nothing is cached, so nothing is checked
	log.follow(0)
	handler := api.New(api.Config{Catalogue: withReader{store}, Logger: quiet(), Now: s.clock.now, Freshness: api.NewFreshness(log, nil)})
	reporting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.report = &plan.Report{}
		handler.ServeHTTP(w, r.WithContext(plan.WithReport(r.Context(), s.report)))
	})
	token, err := store.CreateToken(t.Context(), credential.User{Name: "ed", Role: credential.Editor})
	if err != nil {
		t.Fatal(err)
	}
	s.public, s.reader, s.editor = &client{t: t, handler: reporting}, &client{t: t, handler: handler, token: readerToken}, &client{t: t, handler: handler, token: token}
	return s
}

// seed creates a collection that is always active, one that is over, one of July 2027 and
// one of September 2027.
func (s *scheduled) seed() {
	for _, c := range []string{`"Always"`, `"Over","periods":[` + month("2027-06-01", "2027-06-30") + `]`,
		`"Present","periods":[` + month("2027-07-01", "2027-07-31") + `]`, `"Coming","periods":[` + month("2027-09-01", "2027-09-30") + `]`} {
		s.editor.post("/2.0/collections", `{"collection":{"name":`+c+`}}`)
	}
}

func month(first, last string) string {
	return `{"from":"` + first + `T00-00","to":"` + last + `T23-59"}`
}

// askAs sends a GET with the credentials of a caller.
func askAs(c *client, target string, headers ...string) *answer {
	c.t.Helper()
	if c.token == "" {
		return c.get(target, headers...)
	}
	return c.write(http.MethodGet, target, "", headers...)
}

// Lists, totals, pages and missing ids have what the caller may see.
func TestListsOfCollections(t *testing.T) {
	t.Parallel()
	forStores(t, func(t *testing.T, s *scheduled) {
		s.seed()
		for _, tt := range []struct {
			who           *client
			query         string
			want, missing string
		}{
			{s.public, "", "always,present", ""},
			{s.public, "?active=true", "always,present", ""},
			{s.public, "?active=false", "always,present", ""},
			{s.public, "?sort=-name", "present,always", ""},
			{s.public, "?sort=added", "always,present", ""},
			{s.public, "?sort=-modified", "present,always", ""},
			{s.public, "?ids=over,present,coming,nowhere", "present", "over coming nowhere"},
			{s.public, "?ids=over", "", "over"},
			{s.reader, "?ids=over,present,nowhere", "present", "over nowhere"},
			{s.reader, "", "always,present", ""},
			{s.editor, "", "always,coming,over,present", ""},
			{s.editor, "?active=true", "always,present", ""},
			{s.editor, "?active=false", "always,coming,over,present", ""},
			{s.editor, "?ids=over,present,nowhere", "over,present", "nowhere"},
			{s.editor, "?ids=over,present,nowhere&active=true", "present", "nowhere"},
			{s.editor, "?at=2027-09-15T00-00&active=true", "always,coming", ""},
			{s.editor, "?at=2027-07-31T23-59-59&active=true", "always,present", ""},
			{s.editor, "?at=2027-08-01T00-00&active=true", "always", ""},
			{s.editor, "?at=2027-08-01T00-00", "always,coming,over,present", ""},
		} {
			limited := cmp.Or(tt.query, "?limit=1")
			if tt.query != "" {
				limited += "&limit=1"
			}
			got := []string{}
			for target := "/2.0/collections" + limited; target != ""; { // page by page
				a := askAs(tt.who, target).want(http.StatusOK)
				got = append(got, a.ids("collections")...)
				if n := fmt.Sprint(a.at("meta", "total")); n != fmt.Sprint(len(split(tt.want))) {
					t.Errorf("%s: total %s, want %q", a.what, n, tt.want)
				}
				target = a.links()["next"]
			}
			if !slices.Equal(got, split(tt.want)) {
				t.Errorf("%s: pages %v, want %q", tt.query, got, tt.want)
			}
			a := askAs(tt.who, "/2.0/collections"+tt.query).want(http.StatusOK)
			if missing, _ := a.at("meta", "missing").([]any); strings.Trim(fmt.Sprint(missing), "[]") != tt.missing {
				t.Errorf("%s: missing %v, want %q", a.what, missing, tt.missing)
			}
			if tt.who != s.editor && tt.missing == "" && (bytes.Contains(a.body, []byte("over")) || strings.Contains(fmt.Sprint(a.header), "over") || strings.Contains(fmt.Sprint(a.header), "coming")) {
				t.Errorf("%s names a collection that is not active: %v %s", a.what, a.header, a.body)
			}
		}
		if got := s.public.get("/2.0/collections").at("meta", "sort"); got != "name" {
			t.Errorf("the default order is %v", got)
		}
		past := s.public.get("/2.0/collections?offset=7").want(http.StatusOK)
		if got := fmt.Sprint(past.at("meta", "total"), past.ids("collections")); got != "2[]" {
			t.Errorf("past the end: %s", got)
		}
	})
}

func split(list string) []string {
	return slices.DeleteFunc(strings.Split(list, ","), func(id string) bool { return id == "" })
}

// A collection that the public may not see answers like one that does not exist.
func TestObjectsOfCollections(t *testing.T) {
	t.Parallel()
	forStores(t, func(t *testing.T, s *scheduled) {
		s.seed()
		nowhere := s.public.get("/2.0/collections/none").refused(http.StatusNotFound)
		for id, status := range map[string]int{"always": 200, "present": 200, "over": 404, "coming": 404} {
			for _, c := range []*client{s.public, s.reader} {
				a := askAs(c, "/2.0/collections/"+id).want(status)
				if status == 404 && strings.ReplaceAll(a.refused(404).Detail, id, "none") != nowhere.Detail {
					t.Errorf("%s: %s", a.what, a.body)
				}
			}
			s.public.do(http.MethodHead, "/2.0/collections/"+id, "").want(status)
			a := askAs(s.editor, "/2.0/collections/"+id).want(http.StatusOK)
			if a.at("collection", "active") != (status == 200) || a.header.Get("Last-Modified") != "" {
				t.Errorf("%s: %v %s", a.what, a.header, a.body)
			}
		}
		for fields, want := range map[string]string{
			"active":                `{"id":"present","active":true}`,
			"active_to,active_from": `{"id":"present","active_from":"2027-07-01T00-00-00","active_to":"2027-07-31T23-59-59"}`,
			"-name,-description,-images,-query,-pins,-hidden,-periods,-added,-modified,-active_to": `{"id":"present","active":true,"active_from":"2027-07-01T00-00-00"}`,
		} {
			a := s.public.get("/2.0/collections/present?fields=" + fields).want(http.StatusOK)
			list := s.public.get("/2.0/collections?ids=present&fields=" + fields).want(http.StatusOK)
			if !strings.HasSuffix(string(a.body), `"collection":`+want+`}`) || !strings.HasSuffix(string(list.body), `"collections":[`+want+`]}`) {
				t.Errorf("%s: %s %s, want %s", a.what, a.body, list.body, want)
			}
		}
	})
}

// The parameter at is for editors, and only where there are periods.
func TestInstants(t *testing.T) {
	t.Parallel()
	forStores(t, func(t *testing.T, s *scheduled) {
		s.seed()
		for _, target := range []string{"/2.0/collections?at=2027-09-15T00-00", "/2.0/collections/coming?at=2027-09-15T00-00-30", "/2.0/collections/nowhere?at=2027-09-15T00-00",
			"/2.0/collections?at=nonsense&limit=0"} {
			if a := askAs(s.public, target); a.refused(http.StatusUnauthorized).Title == "" || a.header.Get("Www-Authenticate") == "" {
				t.Errorf("%s: %v", a.what, a.header)
			}
			askAs(s.reader, target).refused(http.StatusForbidden)
		}
		a := askAs(s.editor, "/2.0/collections/coming?at=2027-09-15T00-00").want(http.StatusOK)
		if a.at("collection", "active") != true || a.header.Get("Cache-Control") != "private, max-age=0, must-revalidate" {
			t.Errorf("%s: %v %s", a.what, a.header, a.body)
		}
		if got := askAs(s.editor, "/2.0/collections?at=2027-09-15T00-00-30").at("meta", "at"); got != "2027-09-15T00-00-30" {
			t.Errorf("meta.at: got %v", got)
		}
		askAs(s.editor, "/2.0/collections/present?at=9997-12-31T23-59-59").want(http.StatusOK)
		for _, bad := range []string{"now", "2027-09-15", "2027-09-15T00:00", "2027-02-30T00-00", "2027-09-15T00-00Z", "9998-01-01T00-00", ""} {
			if p := askAs(s.editor, "/2.0/collections?at="+bad).refused(http.StatusBadRequest); !slices.Equal(p.places(), []string{"at"}) {
				t.Errorf("at=%s: %+v", bad, p)
			}
		}
		for _, other := range []string{"/2.0/movies", "/2.0/genres", "/2.0/changes", "/2.0/collections/present/history"} {
			if p := askAs(s.editor, other+"?at=2027-09-15T00-00").refused(http.StatusBadRequest); !slices.Equal(p.places(), []string{"at"}) {
				t.Errorf("%s: %+v", other, p)
			}
		}
		s.editor.write(http.MethodPut, "/2.0/collections/present?at=2027-09-15T00-00", `{"collection":{"name":"Present"}}`).refused(http.StatusBadRequest)
	})
}

// An answer turns at the instant at which a period starts or ends, and says so to the cache
// in front, also when there is nothing to see.
func TestAnswersTurn(t *testing.T) {
	t.Parallel()
	forStores(t, func(t *testing.T, s *scheduled) {
		s.seed()
		for _, tt := range []struct {
			at     string
			status int
			until  string // of the object
			list   string // until of the list
		}{
			{"2027-06-30T23-59-59", 404, "2027-07-01T00-00-00", "2027-07-01T00-00-00"},
			{"2027-07-01T00-00-00", 200, "2027-08-01T00-00-00", "2027-08-01T00-00-00"},
			{"2027-07-31T23-59-59", 200, "2027-08-01T00-00-00", "2027-08-01T00-00-00"},
			{"2027-08-01T00-00-00", 404, "", "2027-09-01T00-00-00"},
			{"2027-10-01T00-00-00", 404, "", ""},
		} {
			s.clock.set(tt.at)
			s.public.get("/2.0/collections/present").want(tt.status)
			object, from := s.report.Until, []time.Time{s.report.From}
			if !s.report.Described || until(object) != tt.until {
				t.Errorf("at %s: the object is right until %s, want %q", tt.at, object, tt.until)
			}
			shown := s.public.get("/2.0/collections").want(http.StatusOK).ids("collections")
			if slices.Contains(shown, "present") != (tt.status == 200) || until(s.report.Until) != tt.list {
				t.Errorf("at %s: the list shows %v until %s, want %q", tt.at, shown, s.report.Until, tt.list)
			}
			from = append(from, s.report.From)
			s.public.get("/2.0/collections/present/movies").want(tt.status)
			from = append(from, s.report.From)
			if !slices.Equal(from, []time.Time{s.clock.now(), s.clock.now(), s.clock.now()}) {
				t.Errorf("at %s: the answers are right from %s on", tt.at, from)
			}
			s.public.get("/2.0/movies").want(http.StatusOK)
			if got := s.report.From; !got.IsZero() {
				t.Errorf("films are right from %s on", got)
			}
			s.public.get("/2.0/collections/nowhere").want(http.StatusNotFound)
			if got := s.report.Until; !got.IsZero() {
				t.Errorf("what does not exist is right until %s", got)
			}
		}
	})
}

func until(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return storage.FormatTime(at)
}

// The cache in front may ask for the answer of an instant to come.
func TestAnswersOfAnInstantToCome(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, newMemory())
	s.seed()
	ctx := plan.WithInstant(t.Context(), time.Date(2027, 9, 1, 0, 0, 0, 0, time.UTC))
	s.public.send(newRequest("/2.0/collections/coming").WithContext(ctx)).want(http.StatusOK)
	if got := s.public.send(newRequest("/2.0/collections").WithContext(ctx)).want(http.StatusOK).ids("collections"); !slices.Equal(got, []string{"always", "coming"}) {
		t.Errorf("got %v", got)
	}
}

// A turn is no version: If-Match holds over it, and the bytes have another ETag.
func TestTagsOverATurn(t *testing.T) {
	t.Parallel()
	forStores(t, func(t *testing.T, s *scheduled) {
		s.seed()
		version := s.editor.get("/2.0/changes").at("meta", "version")
		before := askAs(s.editor, "/2.0/collections/present")
		s.clock.set("2027-08-01T00-00")
		after := askAs(s.editor, "/2.0/collections/present", "If-None-Match", before.header.Get("Etag")).want(http.StatusOK)
		if bytes.Equal(before.body, after.body) || before.at("collection", "modified") != after.at("collection", "modified") || after.at("collection", "active_from") != nil {
			t.Errorf("before %s, after %s", before.body, after.body)
		}
		if now := s.editor.get("/2.0/changes").at("meta", "version"); now != version {
			t.Errorf("the turn made version %v of %v", now, version)
		}
		put := s.editor.write(http.MethodPut, "/2.0/collections/present", `{"collection":{"description":"Over."}}`, "If-Match", before.header.Get("Etag")).want(http.StatusOK)
		if put.at("collection", "active") != false || put.header.Get("Etag") != askAs(s.editor, "/2.0/collections/present").header.Get("Etag") {
			t.Errorf("%s: %v %s", put.what, put.header, put.body)
		}
	})
}

// Replies to writes show the fields, and a write may repeat them as they are.
func TestWritesShowAndTakeTheFields(t *testing.T) {
	t.Parallel()
	forStores(t, func(t *testing.T, s *scheduled) {
		s.clock.set("2027-07-10T12-00")
		body := `{"collection":{"name":"July","periods":[` + month("2027-07-01", "2027-07-31") + `]}}`
		created := s.editor.write(http.MethodPost, "/2.0/collections", body, "Idempotency-Key", "july").want(http.StatusCreated)
		again := s.editor.write(http.MethodPost, "/2.0/collections", body, "Idempotency-Key", "july").want(http.StatusCreated)
		read := s.public.get("/2.0/collections/july").want(http.StatusOK)
		if !bytes.Equal(created.body, read.body) || !bytes.Equal(again.body, read.body) || created.header.Get("Etag") != read.header.Get("Etag") {
			t.Errorf("created %s, again %s, read %s", created.body, again.body, read.body)
		}
		whole := `{"meta":{},"collection":` + string(read.body[len(`{"meta":{},"collection":`):])
		version := s.editor.get("/2.0/changes").at("meta", "version")
		put := s.editor.write(http.MethodPut, "/2.0/collections/july", whole).want(http.StatusOK)
		if now := s.editor.get("/2.0/changes").at("meta", "version"); !bytes.Equal(put.body, read.body) || now != version {
			t.Errorf("read %s at %v, put %s at %v", read.body, version, put.body, now)
		}
		for member, pointer := range map[string]string{`"active":false`: "/collection/active", `"active_to":null`: "/collection/active_to", `"active_from":"2027-07-01T00-00-01"`: "/collection/active_from"} {
			p := s.editor.write(http.MethodPut, "/2.0/collections/july", `{"collection":{`+member+`}}`).refused(http.StatusBadRequest)
			if !slices.Equal(p.places(), []string{pointer}) {
				t.Errorf("%s: %+v", member, p)
			}
		}
		hidden := s.editor.write(http.MethodPut, "/2.0/collections/july", `{"collection":{"periods":[`+month("2028-07-01", "2028-07-31")+`]}}`).want(http.StatusOK)
		if hidden.at("collection", "active") != false || hidden.at("collection", "active_from") != "2028-07-01T00-00-00" {
			t.Errorf("%s", hidden.body)
		}
		s.public.get("/2.0/collections/july").want(http.StatusNotFound)
	})
}

// minutes is the length of the day of the model.
const minutes = 30

// collection is a collection of the model: the minutes of its periods, first and last.
type collection struct {
	id      string
	periods [][2]int
}

func (c *collection) active(minute int) bool {
	return len(c.periods) == 0 || slices.ContainsFunc(c.periods, func(p [2]int) bool { return p[0] <= minute && minute <= p[1] })
}

func minuteText(minute int) string { return fmt.Sprintf("2027-07-04T12-%02d", minute) }

// Every list shows what a model in Go shows: to random callers, at random instants, in
// random orders, on random pages, of random ids.
func TestCollectionsAgreeWithModel(t *testing.T) {
	t.Parallel()
	s := newScheduled(t, openStore(t))
	var all []*collection
	for i := range 7 {
		c := &collection{id: fmt.Sprintf("c%d", i)}
		all = append(all, c)
		s.editor.post("/2.0/collections", `{"collection":{"name":"`+c.id+`"}}`)
	}
	rapid.Check(t, func(rt *rapid.T) {
		if rapid.IntRange(0, 3).Draw(rt, "write") == 0 {
			c := rapid.SampledFrom(all).Draw(rt, "collection")
			c.periods = nil
			var texts []string
			for range rapid.IntRange(0, 3).Draw(rt, "periods") {
				from := rapid.IntRange(0, minutes-1).Draw(rt, "from")
				to := rapid.IntRange(from, minutes-1).Draw(rt, "to")
				c.periods = append(c.periods, [2]int{from, to})
				texts = append(texts, `{"from":"`+minuteText(from)+`","to":"`+minuteText(to)+`"}`)
			}
			s.editor.write(http.MethodPut, "/2.0/collections/"+c.id, `{"collection":{"periods":[`+strings.Join(texts, ",")+`]}}`).want(http.StatusOK)
		}
		minute := rapid.IntRange(0, minutes-1).Draw(rt, "minute")
		s.clock.set(minuteText(minute) + fmt.Sprintf("-%02d", rapid.IntRange(0, 59).Draw(rt, "second")))
		who := rapid.SampledFrom([]*client{s.public, s.reader, s.editor}).Draw(rt, "who")
		offset, limit := rapid.IntRange(0, 8).Draw(rt, "offset"), rapid.IntRange(1, 8).Draw(rt, "limit")
		target := fmt.Sprintf("/2.0/collections?offset=%d&limit=%d", offset, limit)
		onlyActive := who != s.editor
		if who == s.editor && rapid.Bool().Draw(rt, "at") {
			minute = rapid.IntRange(0, minutes-1).Draw(rt, "chosen")
			target += "&at=" + minuteText(minute)
		}
		if rapid.Bool().Draw(rt, "active") {
			onlyActive, target = true, target+"&active=true"
		}
		var wanted []string
		if rapid.Bool().Draw(rt, "ids") {
			wanted = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"c0", "c1", "c2", "c6", "none"}), 1, 4, rapid.ID).Draw(rt, "wanted")
			target += "&ids=" + strings.Join(wanted, ",")
		}
		want, missing := []string{}, []string{}
		for _, c := range all {
			if (!onlyActive || c.active(minute)) && (wanted == nil || slices.Contains(wanted, c.id)) {
				want = append(want, c.id)
			}
		}
		for _, id := range wanted {
			i := slices.IndexFunc(all, func(c *collection) bool { return c.id == id })
			if i < 0 || who != s.editor && !all[i].active(minute) {
				missing = append(missing, id)
			}
		}
		if rapid.Bool().Draw(rt, "descending") {
			slices.Reverse(want)
			target += "&sort=-name"
		}
		a := askAs(who, target).want(http.StatusOK)
		first := min(offset, len(want))
		page := want[first:min(first+limit, len(want))]
		if got := a.ids("collections"); !slices.Equal(got, page) || fmt.Sprint(a.at("meta", "total")) != fmt.Sprint(len(want)) {
			rt.Fatalf("%s: got %v of %v, want %v of %v", a.what, got, a.at("meta", "total"), page, want)
		}
		if got, _ := a.at("meta", "missing").([]any); fmt.Sprint(got) != fmt.Sprint(missing) {
			rt.Fatalf("%s: missing %v, want %v", a.what, got, missing)
		}
	})
}

func newRequest(target string) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }
