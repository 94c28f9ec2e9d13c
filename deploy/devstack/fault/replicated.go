package fault

import (
	"context"
	"errors"
	"net/url"

	"marquee/deploy/devstack/server"
)

// owner is the role of tests on a replicated server, and its database.
const owner = "marquee"

// Primary starts a PostgreSQL in dir, with an empty database whose owner is no superuser. Replica makes copies of it.
func Primary(ctx context.Context, dir string) (*Replicated, error) {
	p, err := server.Postgres(ctx, dir)
	if err != nil {
		return nil, err
	}
	primary := &Replicated{Process: p, dir: dir}
	for _, statement := range []string{"CREATE ROLE " + owner + " LOGIN CREATEDB", "CREATE DATABASE " + owner + " OWNER " + owner} {
		if err := primary.Execute(ctx, statement); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	return primary, nil
}

// Replica starts a streaming replica of primary in dir.
func Replica(ctx context.Context, primary *Replicated, dir string) (*Replicated, error) {
	p, err := server.ReplicaOf(ctx, primary.Process, dir)
	if err != nil {
		return nil, err
	}
	return &Replicated{Process: p, dir: dir}, nil
}

// Replicated is a PostgreSQL with all its processes.
type Replicated struct {
	*server.Process
	dir    string
	halted []int // the processes that Stop has stopped
}

// URL is the address of the database for its owner.
func (p *Replicated) URL() string { return p.as(owner, owner) }

// Execute runs a statement as the superuser.
func (p *Replicated) Execute(ctx context.Context, statement string) error {
	return server.Execute(ctx, p.as(server.PostgresSuperuser, "postgres"), statement)
}

func (p *Replicated) as(role, database string) string {
	u, err := url.Parse(p.Process.URL())
	if err != nil {
		return "" // it is made of a scheme and a port
	}
	u.User, u.Path, u.RawQuery = url.User(role), "/"+database, "sslmode=disable"
	return u.String()
}

// RestartEmpty is refused: the one is a copy of the other.
func (p *Replicated) RestartEmpty(context.Context) error {
	return errors.New("a replicated PostgreSQL is not emptied")
}
