package ndjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"marquee/storage"
)

// AppendLine appends the line of an object in an export: its public JSON and its keys by
// source. Lines in the order of storage.Nouns, then of ids, can be imported in one pass.
func AppendLine(dst []byte, n *storage.Noun, body []byte, sources map[string]string) []byte {
	dst = append(dst, `{"noun":"`...)
	dst = append(dst, n.Name...)
	dst = append(dst, `","object":`...)
	dst = append(dst, body...)
	if len(sources) > 0 {
		separator := `,"sources":{`
		for _, source := range slices.Sorted(maps.Keys(sources)) {
			dst = append(dst, separator...)
			dst = appendText(dst, source)
			dst = append(dst, ':')
			dst = appendText(dst, sources[source])
			separator = ","
		}
		dst = append(dst, '}')
	}
	return append(dst, '}', '\n')
}

func appendText(dst []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(fmt.Sprintf("ndjson: encode a text: %v", err)) // a text always encodes
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
