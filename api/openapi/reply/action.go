package reply

import "marquee/api/route"

// actionReplies describes the replies of writes other than create, update and
// delete.
func (b *Builder) actionReplies(r *route.Route) object {
	switch r.Kind {
	case route.Restore:
		return object{{"200", b.updatedReply(r.Noun)}, {"204", b.emptyReply()}}
	case route.Bulk:
		return object{{"200", b.bulkReply()}}
	case route.Grants:
		return object{{"201", b.secretsReply(r.Grant, "Created", "The new "+r.Grant.Name+", with its secrets.", "Location")}}
	case route.Rotate:
		return object{{"200", b.secretsReply(r.Grant, "Rotated", "The new secrets of the "+r.Grant.Name+".")}}
	case route.Grant:
		return object{{"204", b.Responses.Add(object{
			{"description", "Revoked."}, {"headers", b.headers("Cache-Control", cors)},
		}, "Revoked")}}
	}
	return object{{"204", b.Responses.Add(object{{"description", "Counted."}, {"headers", b.headers("?Catalogue-Version", cors)}}, "Counted")}}
}
