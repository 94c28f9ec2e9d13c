package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
)

// Health is the body of the answer to a probe. It has no addresses and no errors:
// those are in the log.
type Health struct {
	Meta   struct{} `json:"meta"`
	Status Status   `json:"status"`
	// Dependencies are the states of servers, by name.
	Dependencies map[string]State `json:"dependencies,omitempty"`
	// Degraded names the functions that work in another way than usual because of them.
	Degraded []string `json:"degraded,omitempty"`
}

// Status says whether a process should get requests. All statuses but Live and Ready
// have the HTTP status 503.
type Status string

// The statuses.
const (
	Live     Status = "live"
	Ready    Status = "ready"
	Starting Status = "starting"
	Draining Status = "draining"
	NotReady Status = "not ready" // every answer would be an error
)

// State is the state of a dependency.
type State string

// The states.
const (
	Up   State = "up"
	Down State = "down"
	// Lagging is a replica that may lack the writes of the last seconds.
	Lagging State = "behind"
	// Building is an index that does not exist yet.
	Building State = "building"
)

// Statuses and States are the values that Health may have.
var (
	Statuses = []Status{Live, Ready, Starting, Draining, NotReady}
	States   = []State{Up, Down, Lagging, Building}
)

// live answers as long as the process can answer at all. It depends on no other
// server: a restart of this process does not repair a database.
func (a *API) live(*call) (*reply, error) { return (&Health{Status: Live}).reply() }

// ready answers whether the process should get requests.
func (a *API) ready(c *call) (*reply, error) { return a.config.Health(c.ctx).reply() }

// catalogueHealth is the default of Config.Health: the process is ready while the
// catalogue is.
func (a *API) catalogueHealth(ctx context.Context) *Health {
	if err := a.config.Catalogue.Ready(ctx); err != nil {
		a.config.Logger.LogAttrs(ctx, slog.LevelWarn, "not ready", slog.String("dependency", "postgresql"), slog.Any("err", err))
		return &Health{Status: NotReady, Dependencies: map[string]State{"postgresql": Down}}
	}
	return &Health{Status: Ready, Dependencies: map[string]State{"postgresql": Up}}
}

// reply returns the answer, which no cache may store.
func (h *Health) reply() (*reply, error) {
	body, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode the answer to a probe: %w", err)
	}
	status := http.StatusServiceUnavailable
	if h.Status == Live || h.Status == Ready {
		status = http.StatusOK
	}
	return &reply{status: status, header: http.Header{"Cache-Control": {errorLifetime}}, body: body}, nil
}

// ServeHTTP answers with the health, for a server without an API.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rep, err := h.reply()
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	send(w, r, rep)
}
