package api

import (
	"log/slog"
	"net/http"
)

// live answers as long as the process can answer at all. It asks nothing of
// anybody else: a database that is down is no reason to restart this process.
func (a *API) live(*call) (*reply, error) {
	return healthReply(http.StatusOK, `{"meta":{},"status":"live"}`), nil
}

// ready answers whether requests can be answered now, and names what is
// missing. The cause goes to the log only.
func (a *API) ready(c *call) (*reply, error) {
	if err := a.catalogue.Ready(c.ctx); err != nil {
		a.logger.LogAttrs(c.ctx, slog.LevelWarn, "not ready", slog.String("dependency", "catalogue"), slog.Any("err", err))
		return healthReply(http.StatusServiceUnavailable, `{"meta":{},"status":"not ready","dependencies":{"catalogue":"down"}}`), nil
	}
	return healthReply(http.StatusOK, `{"meta":{},"status":"ready","dependencies":{"catalogue":"up"}}`), nil
}

// healthReply is an answer about this moment, which nobody may keep.
func healthReply(status int, body string) *reply {
	return &reply{status: status, header: http.Header{"Cache-Control": {errorLifetime}}, body: []byte(body)}
}
