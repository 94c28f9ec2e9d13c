package api

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
)

// live answers as long as the process can answer at all. It asks nothing of
// anybody else: a database that is down is no reason to restart this process.
func (a *API) live(*call) (*reply, error) {
	return healthReply(http.StatusOK, health{Status: "live"})
}

// ready answers whether requests can be answered now, and names the servers with
// their states. Only the database decides; others have a stand-in. The cause
// goes to the log only.
func (a *API) ready(c *call) (*reply, error) {
	h, status := health{Status: "ready", Dependencies: map[string]string{"postgresql": "up"}}, http.StatusOK
	if a.optional != nil {
		maps.Copy(h.Dependencies, a.optional())
	}
	if err := a.catalogue.Ready(c.ctx); err != nil {
		a.logger.LogAttrs(c.ctx, slog.LevelWarn, "not ready", slog.String("dependency", "postgresql"), slog.Any("err", err))
		h.Status, h.Dependencies["postgresql"], status = "not ready", "down", http.StatusServiceUnavailable
	}
	return healthReply(status, h)
}

// health is the body of an answer to a probe.
type health struct {
	Meta   struct{} `json:"meta"`
	Status string   `json:"status"`
	// Dependencies are states by name: up, degraded or down.
	Dependencies map[string]string `json:"dependencies,omitempty"`
}

// healthReply is an answer about this moment, which nobody may keep.
func healthReply(status int, h health) (*reply, error) {
	body, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("write the answer to a probe: %w", err)
	}
	return &reply{status: status, header: http.Header{"Cache-Control": {errorLifetime}}, body: body}, nil
}
