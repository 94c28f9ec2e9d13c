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
		Line      int     `json:"line,omitempty"`
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
	for _, f := range p.listed() {
		w := wireFault{Line: f.Line, Parameter: f.Parameter, Reason: f.Reason, Allowed: f.Allowed, Nearest: f.Nearest}
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

// maxLineFaults bounds the faults of a body of lines: one for each line that it may have.
const maxLineFaults = 1000

// listed returns the faults in the reply. Of a body of lines, every line with faults has
// its first ones, and as many as every other such line may have.
func (p *Problem) listed() []storage.Fault {
	if len(p.Faults) == 0 || p.Faults[0].Line == 0 {
		return p.Faults[:min(len(p.Faults), storage.MaxFaults)]
	}
	of := map[int]int{}
	for _, f := range p.Faults {
		of[f.Line] = 0
	}
	share := min(maxLineFaults/len(of), storage.MaxFaults)
	var listed []storage.Fault
	for _, f := range p.Faults {
		if of[f.Line]++; of[f.Line] <= share {
			listed = append(listed, f)
		}
	}
	return listed
}

// maxPointer bounds pointers, in bytes: a name in a body can be 1 MiB long.
const maxPointer = 512

func shorten(pointer string) string {
	if len(pointer) <= maxPointer {
		return pointer
	}
	return strings.ToValidUTF8(pointer[:maxPointer], "") + "…"
}
