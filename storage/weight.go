package storage

import "time"

// Weight returns an estimate of the bytes of the document's JSON with its names, for bounds
// on memory and on requests. Encoding the document for its size would cost too much. A nil
// document weighs 100.
func (d *Document) Weight() int {
	const frame = 1000 // names of fields, numbers, sort keys
	if d == nil {
		return 100
	}
	total := frame
	for _, v := range d.Fields {
		total += weightOf(v)
	}
	for _, names := range d.Names {
		for _, n := range names {
			total += len(n) + 4
		}
	}
	return total
}

func weightOf(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []any:
		total := 0
		for _, item := range v {
			total += weightOf(item) + 4
		}
		return total
	case map[string]any:
		total := 0
		for name, item := range v {
			total += len(name) + weightOf(item) + 6
		}
		return total
	case time.Time:
		return len("2006-01-02T15-04-05")
	}
	return 8
}
