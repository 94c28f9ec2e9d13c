package importer

import (
	"context"
	"fmt"

	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres/flush"
)

// storeVotes stores the votes of a batch, after its objects.
func (b *batch) storeVotes(ctx context.Context, records []*incoming.Record) error {
	for _, n := range storage.Nouns {
		var votes []*incoming.Record
		for _, in := range records {
			if in.Noun == n && in.Vote != nil {
				votes = append(votes, in)
			}
		}
		if len(votes) == 0 {
			continue
		}
		if err := b.storeVotesFor(ctx, n, votes); err != nil {
			return fmt.Errorf("store votes for %s: %w", n.Plural, err)
		}
	}
	return nil
}

func (b *batch) storeVotesFor(ctx context.Context, n *storage.Noun, votes []*incoming.Record) error {
	keys := make([]string, len(votes))
	for i, in := range votes {
		keys[i] = in.Key
	}
	ids, err := b.plans.IDsByKey(ctx, b.Source, n, keys, false)
	if err != nil {
		return err
	}
	stored, err := b.votesBefore(ctx, n, votes, ids)
	if err != nil {
		return err
	}
	for _, in := range votes {
		b.decideVote(in, ids[in.Key], stored)
	}
	if b.DryRun || len(b.votes[n]) == 0 {
		return nil
	}
	return flush.AddVotes(ctx, b.tx, n, b.votes[n])
}

// voter is a user and an object, by id.
type voter struct{ user, id string }

// votesBefore returns the votes that the users of the records have for these objects. It
// locks out other votes of these users, but not in a dry run.
func (b *batch) votesBefore(ctx context.Context, n *storage.Noun, votes []*incoming.Record, ids map[string]string) (map[voter]storage.Vote, error) {
	var users []string
	var ballots []flush.Ballot
	found := map[voter]storage.Vote{}
	for _, in := range votes {
		users = append(users, in.Vote.User)
		id := ids[in.Key]
		if id != "" {
			ballots = append(ballots, flush.Ballot{ID: id, User: in.Vote.User})
		}
		if v, voted := b.foreseen.find(n, id, in.Vote.User); voted {
			found[voter{in.Vote.User, id}] = v
		}
	}
	if !b.DryRun {
		if err := flush.LockVoters(ctx, b.tx, users...); err != nil {
			return nil, err
		}
	}
	stored, err := flush.Votes(ctx, b.tx, n, ballots)
	for _, v := range stored {
		found[voter{v.User, v.ID}] = v.Value
	}
	return found, err
}

// decideVote decides about a vote for the object with the id, "" when there is none.
// stored are the votes before it.
func (b *batch) decideVote(in *incoming.Record, id string, stored map[voter]storage.Vote) {
	who := voter{in.Vote.User, id}
	before, voted := stored[who]
	switch {
	case id == "":
		b.report.Refuse(in, fmt.Sprintf("is for a %s that is not in the catalogue: %s", in.Noun.Name, in.Key))
	case in.Vote.Value == storage.None || voted && before == in.Vote.Value:
		b.report.CountVote(in.Vote, voted)
	case voted:
		b.report.Refuse(in, fmt.Sprintf("contradicts an earlier vote of the user: %s for %s %s", in.Vote.User, in.Noun.Name, in.Key))
	default:
		b.report.CountVote(in.Vote, false)
		stored[who] = in.Vote.Value
		b.votes[in.Noun] = append(b.votes[in.Noun], flush.Ballot{ID: id, User: in.Vote.User, Value: in.Vote.Value})
	}
}

// maxUnflushed bounds the votes that wait for a flush during an import: one flush takes
// as many.
const maxUnflushed = 5000

// countVotes counts the new votes of a batch, and flushes when many wait. If a flush
// fails, the next one takes its votes.
func (r *run) countVotes(ctx context.Context, added int) {
	if r.unflushed += added; r.unflushed < maxUnflushed || r.DryRun {
		return
	}
	if _, err := flush.New(r.pool).FlushCounters(ctx); err == nil {
		r.unflushed = 0
	}
}

// flushVotes adds all votes that wait to the counters, at the end of an import with votes.
// These may be votes of an earlier import that was interrupted.
func (r *run) flushVotes(ctx context.Context) error {
	if r.report.Votes.Total() == 0 || r.DryRun {
		return nil
	}
	_, err := flush.New(r.pool).FlushCounters(ctx)
	return err
}
