package devstack

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"marquee/deploy/devstack/server"
)

// Replicated is a PostgreSQL with a streaming replica, for one test, which may do anything to both. Their URLs are of the
// same, empty database, and of a role that is no superuser.
type Replicated struct {
	Primary, Replica *Server
	t                testing.TB
}

// StartReplicated starts both servers, which takes two seconds. It needs an installation of PostgreSQL with pg_basebackup.
func StartReplicated(t testing.TB) *Replicated {
	t.Helper()
	var primary *postgresFamily
	r := &Replicated{t: t}
	r.Primary = startServer(t, "PostgreSQL to replicate", func(ctx context.Context, dir string) (faults, error) {
		p, err := server.Postgres(ctx, dir)
		if err != nil {
			return nil, err
		}
		primary = &postgresFamily{Process: p, dir: dir}
		for _, statement := range []string{"CREATE ROLE " + ownerName + " LOGIN CREATEDB", "CREATE DATABASE " + ownerName + " OWNER " + ownerName} {
			if err := execute(ctx, primary.as(server.PostgresSuperuser, "postgres"), statement); err != nil {
				return nil, errors.Join(err, p.Close())
			}
		}
		return primary, nil
	})
	r.Replica = startServer(t, "PostgreSQL replica", func(ctx context.Context, dir string) (faults, error) {
		p, err := server.ReplicaOf(ctx, primary.Process, dir)
		if err != nil {
			return nil, err
		}
		return &postgresFamily{Process: p, dir: dir}, nil
	})
	return r
}

// ownerName is the role of tests on a replicated server, and its database.
const ownerName = "marquee"

// PauseReplay has the replica show nothing that is written from now on. It returns when that is so.
func (r *Replicated) PauseReplay() {
	r.t.Helper()
	r.OnReplica("SELECT pg_wal_replay_pause()")
	r.OnReplica(`DO $$ BEGIN WHILE pg_get_wal_replay_pause_state() <> 'paused' LOOP PERFORM pg_sleep(0.001); END LOOP; END $$`)
}

// ResumeReplay has the replica catch up.
func (r *Replicated) ResumeReplay() {
	r.t.Helper()
	r.OnReplica("SELECT pg_wal_replay_resume()")
}

// Promote makes the replica a server of its own, and returns when it takes writes.
func (r *Replicated) Promote() {
	r.t.Helper()
	r.OnReplica("SELECT pg_promote()")
}

// OnReplica has the replica's superuser run a statement.
func (r *Replicated) OnReplica(statement string) {
	r.t.Helper()
	replica := r.Replica.faults.(*postgresFamily)
	r.Replica.check(statement, execute(r.t.Context(), replica.as(server.PostgresSuperuser, "postgres"), statement))
}

// postgresFamily is a PostgreSQL with all its processes.
type postgresFamily struct {
	*server.Process
	dir    string
	halted []int // the processes that Stop has stopped
}

// URL is the address of the database for its owner.
func (p *postgresFamily) URL() string { return p.as(ownerName, ownerName) }

func (p *postgresFamily) as(role, database string) string {
	u, err := url.Parse(p.Process.URL())
	if err != nil {
		return "" // it is made of a scheme and a port
	}
	u.User, u.Path, u.RawQuery = url.User(role), "/"+database, "sslmode=disable"
	return u.String()
}

// RestartEmpty is refused: the one is a copy of the other.
func (p *postgresFamily) RestartEmpty(context.Context) error {
	return errors.New("a replicated PostgreSQL is not emptied")
}
