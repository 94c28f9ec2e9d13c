package devstack

import (
	"context"
	"testing"

	"marquee/deploy/devstack/fault"
)

// Replicated is a PostgreSQL with a streaming replica. Both belong to one test, which may kill and freeze them. Their URLs
// name the same, empty database, and a role that is no superuser.
type Replicated struct {
	Primary, Replica *Server
	replica          *fault.Replicated
	t                testing.TB
}

// StartReplicated starts both servers, in two seconds. It needs an installation of PostgreSQL with pg_basebackup.
func StartReplicated(t testing.TB) *Replicated {
	t.Helper()
	var primary *fault.Replicated
	r := &Replicated{t: t}
	r.Primary = startServer(t, "PostgreSQL to replicate", func(ctx context.Context, dir string) (f fault.Server, err error) {
		primary, err = fault.Primary(ctx, dir)
		return primary, err
	})
	r.Replica = startServer(t, "PostgreSQL replica", func(ctx context.Context, dir string) (f fault.Server, err error) {
		r.replica, err = fault.Replica(ctx, primary, dir)
		return r.replica, err
	})
	return r
}

// PauseReplay stops the replica from applying writes. It returns when replay has stopped.
func (r *Replicated) PauseReplay() {
	r.t.Helper()
	r.OnReplica("SELECT pg_wal_replay_pause()")
	r.OnReplica(`DO $$ BEGIN WHILE pg_get_wal_replay_pause_state() <> 'paused' LOOP PERFORM pg_sleep(0.001); END LOOP; END $$`)
}

// ResumeReplay lets the replica catch up.
func (r *Replicated) ResumeReplay() {
	r.t.Helper()
	r.OnReplica("SELECT pg_wal_replay_resume()")
}

// Promote makes the replica a primary, and returns when it takes writes.
func (r *Replicated) Promote() {
	r.t.Helper()
	r.OnReplica("SELECT pg_promote()")
}

// OnReplica runs a statement as the superuser of the replica.
func (r *Replicated) OnReplica(statement string) {
	r.t.Helper()
	r.Replica.check(statement, r.replica.Execute(r.t.Context(), statement))
}
