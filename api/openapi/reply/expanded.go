package reply

import (
	"slices"

	"marquee/api/openapi/word"
	"marquee/api/param"
	"marquee/storage"
)

// expanded adds the schema of meta.expanded in reads of a noun, nil if its objects refer to
// nothing that can be expanded.
func (b *Builder) expanded(n *storage.Noun) any {
	var properties object
	for _, target := range storage.Nouns {
		if !slices.ContainsFunc(param.Expandable(n), func(f storage.Field) bool { return f.Type.Of.Reference == target.Name }) {
			continue
		}
		items := b.schemas.Excerpt(target, "Expanded"+word.Title(target.Name), param.Expanded(target))
		properties = properties.With(target.Plural, object{
			{"description", "The " + target.Plural + " that the objects of the reply refer to, by id."},
			{"type", "object"}, {"additionalProperties", items},
		})
	}
	if properties == nil {
		return nil
	}
	return b.schemas.Add(object{
		{"description", "What the fields in the parameter `expand` refer to, each object once. Only present with that parameter; it has the nouns of these fields."},
		{"type", "object"}, {"properties", properties},
	}, word.Title(n.Name)+"Expanded", "Expanded")
}
