package projection

import (
	"bytes"
	"encoding/json"
	"marquee/storage"
	"testing"
)

// FuzzFields checks that a projected object is JSON and begins with its id.
func FuzzFields(f *testing.F) {
	for _, s := range []string{"title", "-title", "images.poster,-images.poster.342", "streams.720p.audio.codec", "-id", "id.x", "web_links.a b"} {
		f.Add(s)
	}
	d := storage.NewDocument(storage.Movie)
	d.ID = "7"
	d.Fields["title"] = "Heat \" <é>"
	d.Fields["genres"] = []any{"a", "b"}
	d.Fields["images"] = map[string]any{"poster": map[string]any{"342": map[string]any{"width": int64(1)}}}
	d.Fields["streams"] = map[string]any{"720p": map[string]any{"type": "HLS", "audio": []any{map[string]any{"codec": "AAC"}, map[string]any{}}}}
	body := d.AppendJSON(nil)
	f.Fuzz(func(t *testing.T, value string) {
		p, faults := Parse(storage.Movie, value)
		if len(faults) > 0 {
			return
		}
		out, err := p.Append(nil, body)
		if err != nil || !json.Valid(out) || !bytes.HasPrefix(out, []byte(`{"id":"7"`)) || len(out) > len(body) {
			t.Errorf("%q makes %s, %v", value, out, err)
		}
	})
}
