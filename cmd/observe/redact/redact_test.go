package redact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"the database cannot answer now; try again", "the database cannot answer now; try again"},
		{"/2.0/movies?limit=10&q=token", "/2.0/movies?limit=10&q=token"},
		{"dial postgres://ann:p@ss/w@db:5432/films?sslmode=off: refused", "dial postgres://***@db:5432/films?sslmode=off: refused"},
		{"host=db user=ann password='two words'", "host=db user=ann password='***'"},
		{"Authorization: Bearer abcdefgh", "Authorization: Bearer ***"},
		{`OAuth oauth_token="abc",oauth_signature="d%2F="`, `OAuth oauth_token="***",oauth_signature="***"`},
		{"/2.0/movies/mq_ABCDEF", "/2.0/movies/mq_***"},
		{"a\nline\x7f\u009b31m\u202e", "a\nline\\u007f\\u009b31m\\u202e"},
		{strings.Repeat("é", maxText), strings.Repeat("é", maxText/2) + "…"},
	} {
		if got := Text(c.text); got != c.want {
			t.Errorf("%q:\ngot  %q\nwant %q", c.text, got, c.want)
		}
	}
}

// quotations are the forms in which errors quote secrets. The secret is one of the texts
// that such a form may have.
var quotations = []struct{ form, letters string }{
	{"failed to connect to postgres://ann:%s@db:5432/films", `[A-Za-z0-9!$&()*+,;=:@/?#%._~-]`},
	{"redis: dial rediss://:%s@cache:6379/0: i/o timeout", `[A-Za-z0-9!$&()*+,;=:@/?#%._~-]`},
	{`Get "http://elastic:%s@search:9200/_search": EOF`, `[A-Za-z0-9!$&()*+,;=:@/?#%._~-]`},
	{"two nodes: http://a:%s@one:9200,http://two:9200", `[A-Za-z0-9!$&()*+,;=:@/?#%._~-]`},
	{"cannot parse `host=db password=%s sslmode=off`", `[A-Za-z0-9!$()*+:@/?#%._~-]`},
	{"cannot parse `host=db password='%s' sslmode=off`", `[A-Za-z0-9 !$()*+:@/?#%._~&;,-]`},
	{"bad header \"Bearer %s\"", `[A-Za-z0-9._~+/=-]`},
	{"bad header Basic %s", `[A-Za-z0-9+/=]`},
	{`OAuth oauth_consumer_key="k", oauth_signature="%s"`, `[A-Za-z0-9%]`},
	{"parse \"/2.0/movies?oauth_signature=%s&limit=1\"", `[A-Za-z0-9%]`},
	{`unknown body {"token":{"consumer_secret":"%s"}}`, `[A-Za-z0-9]`},
	{`quoted "{\"access_token\": \"%s\"}"`, `[A-Za-z0-9]`},
	{"there is no token mq_%s here", `[A-Z0-9]`},
}

// No secret that an error quotes is in the line of a log, in any form. The line stays one
// line of valid JSON, is bounded, and has no character that a terminal obeys.
func TestNoSecretInLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.SampledFrom(quotations).Draw(t, "quotation")
		secret := rapid.StringMatching(`[A-Za-z0-9]{4}`+q.letters+`{2,40}[A-Za-z0-9]{4}`).Draw(t, "secret")
		around := rapid.StringN(0, 100, -1)
		text := around.Draw(t, "before") + " " + fmt.Sprintf(q.form, secret) + " " + around.Draw(t, "after")
		var out bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: Attr})).With("state", text)
		logger.Error(text, "err", fmt.Errorf("search: %w", errors.New(text)), slog.Group("inner", "cause", text))
		line := out.String()
		if strings.Contains(line, secret) || strings.Contains(line, secret[4:]) {
			t.Fatalf("got %s, want no %s", line, secret)
		}
		if strings.Count(line, "\n") != 1 || !json.Valid(out.Bytes()) || !utf8.ValidString(line) || strings.ContainsFunc(line[:len(line)-1], func(r rune) bool { return r < ' ' || obeyed(r) }) {
			t.Fatalf("got %q, want a line of JSON without control characters", line)
		}
	})
}
