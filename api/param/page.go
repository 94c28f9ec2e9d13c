package param

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"marquee/api/querystring"
	"marquee/api/value"
)

// Page are the parameters of a list that has only pages, such as that of apps.
type Page struct {
	Request
	// Offset is the number of items before the page.
	Offset int
	// Limit is the number of items at most.
	Limit int
}

// DefaultLimit is the number of objects on a page unless limit says otherwise.
const DefaultLimit = 10

const (
	maxOffset = math.MaxInt32
	maxLimit  = 100
)

var (
	offsetParameter = Parameter{Name: "offset", Default: "0", Applied: true, Allowed: fmt.Sprintf("0-%d", maxOffset), Doc: "number of objects before the page"}
	limitParameter  = limitOf(DefaultLimit, maxLimit, "largest number of objects on the page")
)

var pageSet = newPageSet()

func newPageSet() *set[Page] {
	s := newSet(func() *Page { return &Page{} }, func(p *Page) *Request { return &p.Request })
	s.add(offsetParameter, func(p *Page, v string) []querystring.Fault { return parseOffset(&p.Offset, v) })
	s.add(limitParameter, func(p *Page, v string) []querystring.Fault { return parseLimit(&p.Limit, v, maxLimit) })
	return s
}

func parseOffset(offset *int, v string) []querystring.Fault {
	n, faults := value.Whole(v, 0, maxOffset)
	*offset = int(n)
	return faults
}

// ParsePage parses the query string of a list that has only pages.
func ParsePage(path, raw string) (*Page, error) {
	return pageSet.parse(path, raw)
}

// OfPage describes the parameters of a list that has only pages.
func OfPage() []Parameter { return pageSet.parameters }

// Links returns the Link header of a page (RFC 8288).
func (p *Page) Links(total int) string {
	links := append([]string{p.firstLink()}, p.prevLink(p.Offset, p.Limit, total)...)
	if next := p.Offset + p.Limit; next < total {
		links = append(links, link("next", p.page("offset", strconv.Itoa(next))))
	}
	return strings.Join(links, ", ")
}

// firstLink returns the link to the first page.
func (r *Request) firstLink() string { return link("first", r.page("", "")) }

// prevLink returns the link to the page before, none on the first page.
func (r *Request) prevLink(offset, limit, total int) []string {
	if offset == 0 {
		return nil
	}
	before := max(0, min(offset, total)-limit)
	return []string{link("prev", r.page("offset", strconv.Itoa(before)))}
}

// page returns the target of the page that a parameter chooses, of the first page
// for the name "".
func (r *Request) page(name, v string) string {
	other := *r
	other.pairs = append(slices.DeleteFunc(slices.Clone(r.pairs), func(p querystring.Pair) bool { return choosesPage(p.Name) }),
		querystring.Pair{Name: name, Value: v})
	return querystring.Target(r.path, other.canonical())
}

// choosesPage reports whether a parameter only chooses the page of a list.
func choosesPage(name string) bool { return name == "offset" || name == "cursor" }

// link returns a link of a Link header.
func link(rel, target string) string { return "<" + target + `>; rel="` + rel + `"` }
