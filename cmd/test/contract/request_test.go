package contract_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// operation is an operation of the document.
type operation struct {
	method, path string
	item         *openapi3.PathItem
	*openapi3.Operation
}

func (o *operation) String() string { return o.method + " " + o.path }

// parameters returns the parameters of the operation in a place, those of its path included.
func (o *operation) parameters(in string) (all []*openapi3.Parameter) {
	for _, refs := range []openapi3.Parameters{o.item.Parameters, o.Parameters} {
		for _, ref := range refs {
			if ref.Value.In == in {
				all = append(all, ref.Value)
			}
		}
	}
	return all
}

// sent is a request, for the report too.
type sent struct {
	method, target string
	header         http.Header
	body           string
	// wholesome says that nothing in the request was made to be wrong.
	wholesome bool
}

func (r *sent) String() string {
	return fmt.Sprintf("%s %.2000s %v\n%.4000q", r.method, r.target, r.header, r.body)
}

// request makes a request for an operation. Half of the requests are wholesome.
func (c *contract) request(o *operation) *sent {
	r := &sent{method: o.method, header: http.Header{}, wholesome: c.chance(2)}
	r.target = c.path(o, r) + c.query(o, r)
	c.headers(o, r)
	if o.RequestBody != nil {
		c.body(o, r)
	} else if !r.wholesome && c.chance(3) {
		r.header.Set("Content-Type", "application/json")
		r.body = one(c.values, `{"meta":{}}`, `{}`, `[]`, "x", `{"meta":{"a":1}}`)
	}
	return r
}

// spoils reports whether the next part of a request is to be wrong.
func (c *contract) spoils(r *sent) bool { return !r.wholesome && c.chance(4) }

// path fills in the variables of the path, mostly with those of an object that exists.
func (c *contract) path(o *operation, r *sent) string {
	path, variables := o.path, o.parameters("path")
	var whole []map[string]string
	for _, place := range c.places {
		if !slices.ContainsFunc(variables, func(p *openapi3.Parameter) bool { return place[p.Name] == "" }) {
			whole = append(whole, place)
		}
	}
	place := map[string]string{}
	if len(whole) > 0 && (r.wholesome || !c.chance(6)) {
		place = one(c.values, whole...)
	}
	for _, p := range variables {
		v := place[p.Name]
		if v == "" {
			v = fmt.Sprint(c.good(p.Schema.Value, 0))
		}
		if c.spoils(r) && c.chance(2) {
			v = one(c.values, "0", "-1", "x", "ä", "a/b", "%", "..", "1\x00", strings.Repeat("1", 400), "A")
		}
		path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(v))
	}
	return path
}

// query returns a query string with some of the parameters.
func (c *contract) query(o *operation, r *sent) string {
	var pairs []string
	for _, p := range o.parameters("query") {
		if !p.Required && !c.chance(5) {
			continue
		}
		v := text(c.good(p.Schema.Value, 1))
		if c.spoils(r) {
			v = c.garbage()
		}
		pairs = append(pairs, p.Name+"="+url.QueryEscape(v))
		if c.spoils(r) && c.chance(3) {
			pairs = append(pairs, p.Name+"="+url.QueryEscape(v))
		}
	}
	if c.spoils(r) {
		pairs = append(pairs, one(c.values, "nonsense=1", "limt=5", "q", "=", "a;b", "%zz", "limit=%", "genres[]=x", "utm_source=x", "oauth_token=x", "at=now"))
	}
	if len(pairs) == 0 {
		return ""
	}
	return "?" + strings.Join(pairs, "&")
}

// text writes a value as a parameter: the items of a list with commas between them.
func text(v any) string {
	list, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	var items []string
	for _, item := range list {
		items = append(items, fmt.Sprint(item))
	}
	return strings.Join(items, ",")
}

// exampleForm matches the example in the description of a header.
var exampleForm = regexp.MustCompile("Example: `([^`]+)`")

// headers adds credentials, and some of the headers of the operation.
func (c *contract) headers(o *operation, r *sent) {
	switch {
	case c.spoils(r) && c.chance(4):
		r.header.Set("Authorization", one(c.values, "Bearer x", "Basic eDp5", "OAuth", `OAuth oauth_consumer_key="x"`, "Bearer"))
	case len(*orNone(o.Security)) > 0 && (r.wholesome || !c.chance(10)):
		r.header.Set("Authorization", "Bearer "+c.site.Token)
	}
	for _, p := range o.parameters("header") {
		if !c.chance(6) {
			continue
		}
		v := ""
		if p.Schema.Value.Pattern != "" {
			v = c.text(p.Schema.Value)
		} else if m := exampleForm.FindStringSubmatch(p.Description); m != nil {
			v = m[1]
		}
		if c.spoils(r) {
			v = one(c.values, "x", "*", `W/"1"`, `"`, "-1", "return=everything", "Tue, 99 Foo", strings.Repeat("k", 300), "1, 2", `"1-0123456789abcdef"`)
		} else if c.tag != "" && strings.HasPrefix(p.Name, "If-") && !strings.HasSuffix(p.Name, "Since") {
			v = c.tag
		}
		if p.Name == minVersion && len(v) > 1 && v > "0" { // most numbers are far ahead, and each costs a wait of two seconds
			v = one(c.values, "0", "1", "x", "-1", "007")
		}
		r.header.Set(p.Name, v)
	}
	if media := o.replies(http.StatusOK); len(media) > 1 {
		r.header.Set("Accept", one(c.values, media...))
	}
}

const minVersion = "Min-Version"

// orNone returns the security of an operation, none for nil.
func orNone(s *openapi3.SecurityRequirements) *openapi3.SecurityRequirements {
	if s == nil {
		return &openapi3.SecurityRequirements{}
	}
	return s
}

// replies returns the media types of a reply.
func (o *operation) replies(status int) []string {
	ref := o.Responses.Status(status)
	if ref == nil {
		return nil
	}
	return sorted(ref.Value.Content)
}

// body adds a body of one of the media types of the operation.
func (c *contract) body(o *operation, r *sent) {
	content := o.RequestBody.Value.Content
	media := one(c.values, sorted(content)...)
	schema := content[media].Schema.Value
	r.header.Set("Content-Type", media)
	v := c.good(schema, 1)
	if content[media].Example != nil && c.chance(3) {
		v = copied(content[media].Example)
	}
	if c.spoils(r) {
		v = c.spoil(v)
	}
	r.body = written(media, v, func() any { return c.good(schema, 1) })
	if c.spoils(r) {
		c.damage(r)
	}
}

// copied returns a copy of a JSON value, which may be spoiled.
func copied(v any) (out any) {
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		panic(err) // the document was parsed from JSON
	}
	return out
}

// written writes a body of a media type. Lines of JSON are several values: the first one, and
// one that more makes.
func written(media string, v any, more func() any) string {
	if text, ok := v.(string); ok {
		return text
	}
	line := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			panic(err) // values has no other types
		}
		return string(data)
	}
	switch media {
	case "application/x-www-form-urlencoded":
		form := url.Values{}
		fields, _ := v.(map[string]any)
		for name, field := range fields {
			form.Set(name, text(field))
		}
		return form.Encode()
	case "application/x-ndjson":
		return line(v) + "\n" + line(more()) + "\n"
	}
	return line(v)
}

// damage changes the bytes of a body, or what the request says of it.
func (c *contract) damage(r *sent) {
	at := c.IntN(len(r.body) + 1)
	switch c.IntN(8) {
	case 0:
		r.body = r.body[:at]
	case 1:
		r.body = r.body[:at] + one(c.values, "\x00", "\xff", "{", `"`, ",", "1e999", "\ufeff") + r.body[at:]
	case 2:
		r.body += r.body
	case 3:
		r.body = strings.Replace(r.body, "{", `{"meta":{},"meta":{},`, 1)
	case 4:
		r.body = one(c.values, "", "null", "[]", "{}", "0", `{"meta":null}`, strings.Repeat("[", 20_000), strings.Repeat(" ", 1<<20)+"{}")
	case 5:
		r.header.Set("Content-Type", one(c.values, "text/plain", "application/json; charset=latin1", "x", "multipart/form-data"))
	case 6:
		r.header.Set("Content-Encoding", one(c.values, "gzip", "br"))
	case 7:
		r.body = strings.ToUpper(r.body)
	}
}
