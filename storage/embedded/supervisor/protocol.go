package supervisor

import (
	"bufio"
	"encoding/json"
	"io"
	"log/slog"
)

// The files that a supervisor inherits. Its standard input carries the configuration, then stays open until the program
// ends.
const (
	directoryFD = 3
	eventsFD    = 4
	ProgramFD   = 5 // a copy of the program, when the supervisor's user cannot execute its file
)

// Config is sent by the program to its supervisor.
type Config struct {
	Directory string            `json:"directory"`
	Binaries  string            `json:"binaries"`
	Settings  map[string]string `json:"settings,omitempty"`
	Temporary bool              `json:"temporary,omitempty"`
	Port      int               `json:"port,omitempty"` // 0 for any free one
}

// Event is a report of a supervisor, one JSON document each.
type Event struct {
	Kind    EventKind  `json:"kind"`
	Port    int        `json:"port,omitempty"`
	Level   slog.Level `json:"level,omitempty"`
	Message string     `json:"message,omitempty"`
}

// EventKind is the kind of an Event.
type EventKind string

// The kinds of events.
const (
	// EventReady says that PostgreSQL accepts connections at Port.
	EventReady EventKind = "ready"
	// EventLog has a Message to log at Level.
	EventLog EventKind = "log"
	// EventFailed has the reason why the supervisor gives up.
	EventFailed EventKind = "failed"
)

// receive reads the configuration, then calls ended in the background when the pipe ends.
func receive(r io.Reader, ended func()) (Config, error) {
	var c Config
	buffered := bufio.NewReader(r)
	line, err := buffered.ReadBytes('\n')
	if err != nil {
		return c, err
	}
	go func() {
		io.Copy(io.Discard, buffered)
		ended()
	}()
	return c, json.Unmarshal(line, &c)
}
