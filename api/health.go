package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
)

// Health is the body of the answer to a probe. It names no addresses and no
// errors: those are in the log.
type Health struct {
	Meta   struct{} `json:"meta"`
	Status Status   `json:"status"`
	// Dependencies are states by name.
	Dependencies map[string]State `json:"dependencies,omitempty"`
	// Degraded names what is done in another way than usual, because of them.
	Degraded []string `json:"degraded,omitempty"`
}

// Status is whether a process should get requests. All but Live and Ready are
// answered with 503.
type Status string

// The statuses.
const (
	Live     Status = "live"
	Ready    Status = "ready"
	Starting Status = "starting"
	Draining Status = "draining"
	NotReady Status = "not ready" // nothing could be answered
)

// State is how something stands that answers are made with.
type State string

// The states.
const (
	Up   State = "up"
	Down State = "down"
	// Behind is a copy that may lack what was written some seconds ago.
	Behind State = "behind"
	// Building is an index that is not there yet.
	Building State = "building"
)

// Statuses and States list what Health may say.
var (
	Statuses = []Status{Live, Ready, Starting, Draining, NotReady}
	States   = []State{Up, Down, Behind, Building}
)

// live answers as long as the process can answer at all. It asks nothing of
// anybody else: a database that is down is no reason to restart this process.
func (a *API) live(*call) (*reply, error) { return (&Health{Status: Live}).reply() }

// ready answers whether the process should get requests.
func (a *API) ready(c *call) (*reply, error) { return a.config.Health(c.ctx).reply() }

// catalogueHealth is the health of an API that nobody else judges: that of its catalogue.
// The cause goes to the log only.
func (a *API) catalogueHealth(ctx context.Context) *Health {
	if err := a.config.Catalogue.Ready(ctx); err != nil {
		a.config.Logger.LogAttrs(ctx, slog.LevelWarn, "not ready", slog.String("dependency", "postgresql"), slog.Any("err", err))
		return &Health{Status: NotReady, Dependencies: map[string]State{"postgresql": Down}}
	}
	return &Health{Status: Ready, Dependencies: map[string]State{"postgresql": Up}}
}

// reply is an answer about this moment, which nobody may keep.
func (h *Health) reply() (*reply, error) {
	body, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("write the answer to a probe: %w", err)
	}
	status := http.StatusServiceUnavailable
	if h.Status == Live || h.Status == Ready {
		status = http.StatusOK
	}
	return &reply{status: status, header: http.Header{"Cache-Control": {errorLifetime}}, body: body}, nil
}

// ServeHTTP tells the health, for a server that has no API.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rep, err := h.reply()
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	new(API).send(w, r, rep)
}
