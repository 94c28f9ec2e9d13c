package reply

import (
	"net/http"

	"marquee/api"
	"marquee/api/route"
)

// healthReplies describes the replies of the probes.
func (b *Builder) healthReplies(r *route.Route) object {
	state := object{{"type", "string"}, {"enum", api.States}}
	body := b.schemas.Add(object{
		{"type", "object"}, {"required", list{"meta", "status"}},
		{"properties", object{
			{"meta", b.schemas.EmptyMeta()},
			{"status", object{{"type", "string"}, {"enum", api.Statuses}}},
			{"dependencies", object{
				{"description", "The state of each server and log that the process uses. While one is missing, the process answers from others as far as it can."},
				{"type", "object"}, {"additionalProperties", state},
			}},
			{"degraded", object{
				{"description", "The functions that work in a fallback mode because a dependency is missing."},
				{"type", "array"}, {"items", object{{"type", "string"}}},
			}},
		}},
	}, "Health")
	headers := b.headersUnlimited("Cache-Control", cors)
	if r.Kind == route.Live {
		live := object{{"meta", object{}}, {"status", "live"}}
		return append(object{{"200", b.jsonReply("Live", "The process runs.", headers, body, live)}}, Problems(http.StatusInternalServerError)...)
	}
	ready := object{{"meta", object{}}, {"status", "ready"}, {"dependencies", object{{"postgresql", "up"}, {"elasticsearch", "down"}}}, {"degraded", list{"search-stand-in"}}}
	draining := object{{"meta", object{}}, {"status", "draining"}, {"dependencies", object{{"postgresql", "up"}}}}
	return append(object{
		{"200", b.jsonReply("Ready", "The process can answer requests.", headers, body, ready)},
		{"503", b.jsonReply("NotReady", "The process should get no requests: it is starting, is about to stop, or cannot answer any request.", headers, body, draining)},
	}, Problems(http.StatusInternalServerError)...)
}
