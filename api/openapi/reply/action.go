package reply

import "marquee/api"

// actionReplies describes the replies of writes other than create, update and
// delete.
func (b *Builder) actionReplies(r *api.Route) object {
	switch r.Kind {
	case api.RestorePath:
		return object{{"200", b.updatedReply(r.Noun)}, {"204", b.emptyReply()}}
	case api.GrantsPath:
		return object{{"201", b.secretsReply(r.Noun, "Created", "The new "+r.Noun.Name+", with its secrets.", "Location")}}
	case api.RotatePath:
		return object{{"200", b.secretsReply(r.Noun, "Rotated", "The new secrets of the "+r.Noun.Name+".")}}
	case api.GrantPath:
		return object{{"204", b.Responses.Add(object{
			{"description", "Revoked."}, {"headers", b.headers("Cache-Control", cors)},
		}, "Revoked")}}
	}
	return object{{"204", b.Responses.Add(object{{"description", "Counted."}, {"headers", b.headers("?Catalogue-Version", cors)}}, "Counted")}}
}
