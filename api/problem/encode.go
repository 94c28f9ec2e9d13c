package problem

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"marquee/storage"
)

// The wire form of a problem (RFC 9457, with the envelope's meta).
type (
	wireProblem struct {
		Meta      wireMeta    `json:"meta"`
		Type      string      `json:"type"`
		Title     string      `json:"title"`
		Status    int         `json:"status"`
		Detail    string      `json:"detail"`
		Errors    []wireFault `json:"errors,omitempty"`
		Corrected string      `json:"corrected,omitempty"`
	}
	wireMeta struct {
		RequestID string `json:"request_id"`
	}
	wireFault struct {
		Parameter string  `json:"parameter,omitempty"`
		Pointer   *string `json:"pointer,omitempty"`
		Value     *string `json:"value,omitempty"`
		Reason    string  `json:"reason"`
		Allowed   string  `json:"allowed,omitempty"`
		Nearest   string  `json:"nearest,omitempty"`
	}
)

// Encode returns the body of the reply. requestID goes into meta.
func (p *Problem) Encode(requestID string) []byte {
	wire := wireProblem{
		Meta: wireMeta{RequestID: requestID}, Type: "/problems/" + p.Slug,
		Title: p.Title, Status: p.Status, Detail: p.Detail, Corrected: p.Corrected,
	}
	for _, f := range p.Faults[:min(len(p.Faults), storage.MaxFaults)] {
		w := wireFault{Parameter: f.Parameter, Reason: f.Reason, Allowed: f.Allowed, Nearest: f.Nearest}
		if f.InObject() {
			pointer := shorten(f.Pointer)
			w.Pointer = &pointer
		}
		if f.Value != "" || f.Parameter != "" {
			w.Value = &f.Value
		}
		wire.Errors = append(wire.Errors, w)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(wire); err != nil {
		panic(fmt.Sprintf("problem: encode: %v", err)) // cannot happen: strings and numbers always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// maxPointer bounds pointers, in bytes: a name in a body can be 1 MiB long.
const maxPointer = 512

func shorten(pointer string) string {
	if len(pointer) <= maxPointer {
		return pointer
	}
	return strings.ToValidUTF8(pointer[:maxPointer], "") + "…"
}
