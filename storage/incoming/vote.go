package incoming

import "marquee/storage"

// Vote is the vote of a user for an object. A record with a vote has the object's noun and
// key, and no fields.
type Vote struct {
	User string
	// Value is the vote. None is an opinion that is neither a like nor a dislike. It is
	// counted in the report and stored nowhere.
	Value storage.Vote
}

// Votes has the numbers of votes in a report.
type Votes struct {
	// Likes and Dislikes are new. Unchanged are the votes that were stored before.
	Likes, Dislikes, Unchanged int
	// Neither are opinions that are neither a like nor a dislike.
	Neither, Refused int
}

// New returns the number of votes that the import stored.
func (v *Votes) New() int { return v.Likes + v.Dislikes }

// Total returns the number of votes and opinions.
func (v *Votes) Total() int { return v.New() + v.Unchanged + v.Neither + v.Refused }

func (v *Votes) add(other Votes) {
	v.Likes += other.Likes
	v.Dislikes += other.Dislikes
	v.Unchanged += other.Unchanged
	v.Neither += other.Neither
	v.Refused += other.Refused
}

// CountVote counts a vote that was not refused. stored says that it was stored before.
func (r *Report) CountVote(v *Vote, stored bool) {
	switch {
	case v.Value == storage.None:
		r.Votes.Neither++
	case stored:
		r.Votes.Unchanged++
	case v.Value == storage.Like:
		r.Votes.Likes++
	default:
		r.Votes.Dislikes++
	}
}
