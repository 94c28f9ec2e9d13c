package wire

import (
	"github.com/go-json-experiment/json/jsontext"

	"marquee/api/param"
	"marquee/storage"
)

type changesReply struct {
	Meta struct {
		Since   int64  `json:"since"`
		Limit   int    `json:"limit"`
		Noun    string `json:"noun,omitzero"`
		Version int64  `json:"version"`
		Next    int64  `json:"next"`
	} `json:"meta"`
	Changes []change `json:"changes"`
}

// change is an entry of the change log. Object is null for a deletion, and for an
// import, which only names its ids.
type change struct {
	Version   int64             `json:"version"`
	Noun      string            `json:"noun"`
	Operation storage.Operation `json:"operation"`
	IDs       []string          `json:"ids"`
	At        string            `json:"at"`
	Object    jsontext.Value    `json:"object"`
}

// Changes returns the body of a read of the change log. next is the version to
// continue from.
func Changes(p *param.Changes, log *storage.Changes, next int64) ([]byte, error) {
	r := changesReply{Changes: make([]change, len(log.Changes))}
	r.Meta.Since, r.Meta.Limit, r.Meta.Version, r.Meta.Next = p.Since, p.Limit, log.Version, next
	r.Meta.Noun, _ = p.Given("noun")
	for i := range log.Changes {
		r.Changes[i] = changeOf(&log.Changes[i])
	}
	return marshal("changes", &r)
}

// Change returns an entry of the change log, as Changes has it.
func Change(c *storage.Change) ([]byte, error) { return marshal("a change", changeOf(c)) }

func changeOf(c *storage.Change) change {
	w := change{Version: c.Version, Noun: c.Noun.Name, Operation: c.Operation, IDs: append([]string{}, c.IDs...), At: storage.FormatTime(c.At)}
	if c.After != nil {
		w.Object = c.After.AppendJSON(nil)
	}
	return w
}

type historyReply struct {
	Meta struct {
		Before *int64 `json:"before"`
		Limit  int    `json:"limit"`
	} `json:"meta"`
	History []event `json:"history"`
}

// event is a write of an object.
type event struct {
	Version   int64             `json:"version"`
	Operation storage.Operation `json:"operation"`
	Who       *string           `json:"who"`
	At        string            `json:"at"`
	Fields    []string          `json:"fields"`
	// Changes is null when the states are not known.
	Changes  []fieldChange `json:"changes"`
	Replaced *int64        `json:"replaced"`
}

// fieldChange is a field before and after an update, as in the object's reply.
type fieldChange struct {
	Field  string         `json:"field"`
	Before jsontext.Value `json:"before"`
	After  jsontext.Value `json:"after"`
}

// History returns the body of a read of an object's history.
func History(p *param.History, events []storage.Event) ([]byte, error) {
	r := historyReply{History: make([]event, len(events))}
	r.Meta.Before, r.Meta.Limit = version(p.Before), p.Limit
	for i := range events {
		e := &events[i]
		r.History[i] = event{
			Version: e.Version, Operation: e.Operation, Who: text(e.Who), At: storage.FormatTime(e.At),
			Fields: append([]string{}, e.Fields...), Changes: fieldChanges(e), Replaced: version(e.Replaced),
		}
	}
	return marshal("a history", &r)
}

// fieldChanges returns the changed fields, nil when the states are not known. It
// skips fields that the noun no longer has.
func fieldChanges(e *storage.Event) []fieldChange {
	if len(e.Fields) > 0 && (e.Before == nil || e.After == nil) {
		return nil
	}
	out := []fieldChange{}
	for _, name := range e.Fields {
		if f := e.Before.Noun.Field(name); f != nil {
			out = append(out, fieldChange{
				Field:  name,
				Before: storage.AppendJSON(nil, f.Type, e.Before.Fields[name]),
				After:  storage.AppendJSON(nil, f.Type, e.After.Fields[name]),
			})
		}
	}
	return out
}
