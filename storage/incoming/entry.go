package incoming

import (
	"encoding/json"

	"marquee/storage"
)

// Refusal is a record that could not be imported.
type Refusal struct {
	Position
	Noun *storage.Noun
	// Key is the key of the record, "" where it is not known.
	Key    string
	Reason string
}

// Entry is one line of the list of an import: a refusal, or one repair of a record that
// was imported.
type Entry struct {
	Refusal
	// Repair is the repair. An entry has either a Reason or a Repair.
	Repair string
}

// MarshalJSON returns the entry as an object: file, line, item of a list, key, noun, and
// reason or repair. Members without a value are left out.
func (e Entry) MarshalJSON() ([]byte, error) {
	noun := ""
	if e.Noun != nil {
		noun = e.Noun.Name
	}
	return json.Marshal(struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Item   int    `json:"item,omitempty"`
		Key    string `json:"key,omitempty"`
		Noun   string `json:"noun,omitempty"`
		Reason string `json:"reason,omitempty"`
		Repair string `json:"repair,omitempty"`
	}{e.File, e.Line, e.Item, e.Key, noun, e.Reason, e.Repair})
}
