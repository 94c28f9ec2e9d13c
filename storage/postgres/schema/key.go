package schema

import (
	"strconv"

	"marquee/storage"
)

// Key converts a valid id to the value of the id column: a number, or the text of
// a slug.
func Key(n *storage.Noun, id string) any {
	if n.Slug {
		return id
	}
	number, _ := strconv.ParseInt(id, 10, 64) // ids have been checked; no row has the key 0
	return number
}

// Keys converts ids to an array for the id column. It skips invalid ids.
func Keys(n *storage.Noun, ids []string) any {
	if n.Slug {
		return ids
	}
	numbers := make([]int64, 0, len(ids))
	for _, id := range ids {
		if n.ValidID(id) {
			numbers = append(numbers, Key(n, id).(int64))
		}
	}
	return numbers
}

// KeyType is the type of the id column.
func KeyType(n *storage.Noun) string {
	if n.Slug {
		return "text"
	}
	return "bigint"
}

// FirstKey is lower than every key of the noun.
func FirstKey(n *storage.Noun) any {
	if n.Slug {
		return ""
	}
	return int64(0)
}
