package importer

import (
	"slices"

	"marquee/storage"
	"marquee/storage/postgres/flush"
)

// foreseenVotes are the votes that a dry run would have stored. A vote takes about 5
// bytes, because the whole of MovieLens has 25 million ratings in any order.
type foreseenVotes struct {
	// numbers are small numbers for objects, whose ids are long.
	numbers map[object]uint32
	// likes and dislikes have the numbers of objects by user, sorted.
	likes, dislikes map[string][]uint32
}

type object struct {
	noun *storage.Noun
	id   string
}

func newForeseenVotes() *foreseenVotes {
	return &foreseenVotes{numbers: map[object]uint32{}, likes: map[string][]uint32{}, dislikes: map[string][]uint32{}}
}

// find returns the vote of a user, and whether there is one.
func (f *foreseenVotes) find(n *storage.Noun, id, user string) (storage.Vote, bool) {
	number, known := f.numbers[object{n, id}]
	if !known {
		return storage.None, false
	}
	if _, found := slices.BinarySearch(f.likes[user], number); found {
		return storage.Like, true
	}
	_, found := slices.BinarySearch(f.dislikes[user], number)
	return storage.Dislike, found
}

// add remembers new votes.
func (f *foreseenVotes) add(votes map[*storage.Noun][]flush.Ballot) {
	for n, ballots := range votes {
		for _, b := range ballots {
			o := object{n, b.ID}
			number, known := f.numbers[o]
			if !known {
				number = uint32(len(f.numbers))
				f.numbers[o] = number
			}
			into := f.likes
			if b.Value == storage.Dislike {
				into = f.dislikes
			}
			at, _ := slices.BinarySearch(into[b.User], number)
			into[b.User] = slices.Insert(into[b.User], at, number)
		}
	}
}
