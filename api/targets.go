package api

import (
	"strconv"

	"marquee/api/param"
	"marquee/api/route"
	"marquee/storage"
)

// CollectionsTarget is the canonical target of the default list of collections.
var CollectionsTarget = route.Base + "/" + storage.Collection.Plural

// warmPages is how many pages of a collection's films are warm: the first ones, of the
// default size.
const warmPages = 10

// CollectionTargets returns the canonical targets of the answers about a collection that are
// warm while it is active: the object, and the first pages of its films.
func CollectionTargets(id string) (object string, films []string) {
	object = CollectionsTarget + "/" + id
	films = []string{object + "/" + storage.Movie.Plural}
	for i := 1; i < warmPages; i++ {
		films = append(films, films[0]+"?offset="+strconv.Itoa(i*param.DefaultLimit))
	}
	return object, films
}
