package fault

import (
	"context"
	"errors"
	"net/url"

	"marquee/deploy/devstack/server"
)

// owner is the name of the role that tests use on a replicated server, and of its database.
const owner = "marquee"

// Primary starts a PostgreSQL in dir that Replica can copy. It has an empty database, whose owner is no superuser.
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

// Replicated is a PostgreSQL of a primary with replicas. Its methods reach all processes of the server.
type Replicated struct {
	*server.Process
	dir    string
	halted []int // the processes that Stop stopped
}

// URL returns the address of the database for its owner.
func (p *Replicated) URL() string { return p.as(owner, owner) }

// Execute runs a statement as the superuser.
func (p *Replicated) Execute(ctx context.Context, statement string) error {
	return server.Execute(ctx, p.as(server.PostgresSuperuser, "postgres"), statement)
}

func (p *Replicated) as(role, database string) string {
	u, err := url.Parse(p.Process.URL())
	if err != nil {
		return "" // never: it consists of a scheme and a port
	}
	u.User, u.Path, u.RawQuery = url.User(role), "/"+database, "sslmode=disable"
	return u.String()
}

// RestartEmpty returns an error, because the servers are copies of each other.
func (p *Replicated) RestartEmpty(context.Context) error {
	return errors.New("a replicated PostgreSQL is not emptied")
}
