package program

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// site is a running Marquee as its clients see it.
type site struct {
	base  string // "http://127.0.0.1:43210"
	token string // "" for the public
}

// client keeps the connections of many requests at once, which the default one would
// open anew for most of them.
var client = func() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &http.Client{Transport: transport}
}()

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send asks once; an error is an answer that did not come. Headers are names and
// values in turn.
func (s site) send(ctx context.Context, method, path, body string, headers ...string) (*answer, error) {
	return s.sendBy(ctx, client, method, path, body, headers...)
}

// sendBy is send by another client.
func (s site) sendBy(ctx context.Context, client *http.Client, method, path, body string, headers ...string) (*answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return &answer{response.StatusCode, response.Header, content}, err
}

// do asks for an answer of a status.
func (s site) do(t *testing.T, method, path, body string, status int) *answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	a, err := s.send(ctx, method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	if a.status != status {
		t.Fatalf("%s %s %s: got %d, want %d: %s", method, path, body, a.status, status, a.body)
	}
	return a
}

func (s site) get(t *testing.T, path string) *answer {
	t.Helper()
	return s.do(t, http.MethodGet, path, "", http.StatusOK)
}

func (s site) post(t *testing.T, path, body string) *answer {
	t.Helper()
	return s.do(t, http.MethodPost, path, body, http.StatusCreated)
}

// public is the site without credentials.
func (s site) public() site { return site{base: s.base} }

// at is the value at a place of the body, "movie.genres.0", as text.
func (a *answer) at(t *testing.T, place string) string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(a.body)))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	for step := range strings.SplitSeq(place, ".") {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(inner) {
				t.Fatalf("there is no %s in: %s", place, a.body)
			}
			v = inner[i]
		default:
			t.Fatalf("there is no %s in: %s", place, a.body)
		}
	}
	return fmt.Sprint(v)
}

// number is the whole number at a place of the body.
func (a *answer) number(t *testing.T, place string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(a.at(t, place), 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", place, err)
	}
	return n
}

// total is how many objects a list has in all.
func (s site) total(t *testing.T, path string) int64 {
	t.Helper()
	return s.get(t, path).number(t, "meta.total")
}

// version is the catalogue's, as the log of changes has it.
func (s site) version(t *testing.T) int64 {
	t.Helper()
	return s.get(t, "/2.0/changes").number(t, "meta.version")
}

// change is an entry of the log.
type change struct {
	Version         int64
	Noun, Operation string
	IDs             []string
}

// changes reads the whole log.
func (s site) changes(t *testing.T) []change {
	t.Helper()
	var all []change
	for since := int64(0); ; {
		var page struct {
			Meta    struct{ Version, Next int64 }
			Changes []change
		}
		a := s.get(t, fmt.Sprintf("/2.0/changes?since=%d", since))
		if err := json.Unmarshal(a.body, &page); err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Changes...)
		if since = page.Meta.Next; since >= page.Meta.Version {
			return all
		}
		if len(page.Changes) == 0 {
			t.Fatalf("the log ends at %d, the catalogue is at %d", since, page.Meta.Version)
		}
	}
}

// noGaps checks that the versions of a log count up from 1, and returns the last.
func noGaps(t *testing.T, log []change) int64 {
	t.Helper()
	last := int64(0)
	for _, c := range log {
		if c.Version != last && c.Version != last+1 {
			t.Errorf("version %d of the log comes after %d", c.Version, last)
		}
		last = c.Version
	}
	return last
}

// as is the site for the holder of a token.
func (s site) as(token string) site { return site{s.base, token} }
