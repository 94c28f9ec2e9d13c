package pool

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// leadEvery is how often a process that stands by tries to become the leader.
	leadEvery = 250 * time.Millisecond
	// beatEvery and beatTimeout bound how long a leader may be cut off from the
	// database without noticing.
	beatEvery   = time.Second
	beatTimeout = 2 * time.Second
	// listenEvery is how often a listener without notifications checks that the
	// database is still there.
	listenEvery = 10 * time.Second
	// closeTimeout bounds closing a connection.
	closeTimeout = 2 * time.Second
)

// sessionParams make PostgreSQL notice within seconds that the client's machine is
// gone, and release its locks.
var sessionParams = map[string]string{
	"tcp_keepalives_idle":     "2",
	"tcp_keepalives_interval": "1",
	"tcp_keepalives_count":    "3",
}

// errLeadershipLost is returned by Lead if its connection failed. Another process
// may lead already.
var errLeadershipLost = errors.New("lost the connection that holds the leadership")

// Lead waits until this process is the only leader of this name in this database,
// runs f, and steps down. The context of f ends when the connection that holds the
// leadership fails, and Lead returns an error. It also fails if it cannot reach the
// database while it waits.
func (p *Pool) Lead(ctx context.Context, name string, f func(ctx context.Context) error) error {
	conn, err := p.session(ctx)
	if err != nil {
		return err
	}
	defer HangUp(conn)
	if err := Lock(ctx, conn, name); err != nil {
		return err
	}
	led, lose := context.WithCancelCause(ctx)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		if err := beat(led, conn); err != nil {
			lose(fmt.Errorf("%w: %w", errLeadershipLost, err))
		}
	}()
	err = f(led)
	lost := context.Cause(led)
	lose(nil)
	<-beating
	if errors.Is(lost, errLeadershipLost) {
		return lost
	}
	return err
}

// session opens a connection that is not part of the pool.
func (p *Pool) session(ctx context.Context) (*pgx.Conn, error) {
	config := p.Config().ConnConfig
	maps.Copy(config.RuntimeParams, sessionParams)
	ctx, cancel := context.WithTimeout(ctx, DialTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	return conn, Translate(err)
}

// HangUp closes a connection in a bounded time.
func HangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = conn.Close(ctx) // the database ends the session in any case
}

// Lock waits for the advisory lock of a name. The connection holds it until it is
// closed.
func Lock(ctx context.Context, conn *pgx.Conn, name string) error {
	tick := time.NewTicker(leadEvery)
	defer tick.Stop()
	for {
		held, err := tryLock(ctx, conn, name)
		if err != nil || held {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func tryLock(ctx context.Context, conn *pgx.Conn, name string) (held bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, DialTimeout)
	defer cancel()
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtextextended($1, 0))`, "marquee "+name).Scan(&held)
	return held, Translate(err)
}

// beat returns an error when the connection fails, and nil when ctx ends. Between
// two pings it waits in a read, which fails as soon as the connection does.
func beat(ctx context.Context, conn *pgx.Conn) error {
	for {
		wait, cancel := context.WithTimeout(ctx, beatEvery)
		_, err := conn.WaitForNotification(wait)
		cancel()
		if ctx.Err() != nil {
			return nil
		}
		if conn.IsClosed() {
			return err
		}
		err = bounded(ctx, beatTimeout, conn.Ping)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Listen calls notify for every notification on the channels. Once it listens, it
// calls notify with an empty channel, because earlier notifications may be lost. It
// returns the reason when the connection fails or ctx ends.
func (p *Pool) Listen(ctx context.Context, channels []string, notify func(channel, payload string)) error {
	conn, err := p.session(ctx)
	if err != nil {
		return err
	}
	defer HangUp(conn)
	for _, c := range channels {
		if err := bounded(ctx, DialTimeout, func(ctx context.Context) error {
			_, err := conn.Exec(ctx, `LISTEN `+pgx.Identifier{c}.Sanitize())
			return err
		}); err != nil {
			return Translate(err)
		}
	}
	notify("", "")
	for {
		wait, cancel := context.WithTimeout(ctx, listenEvery)
		n, err := conn.WaitForNotification(wait)
		cancel()
		switch {
		case err == nil:
			notify(n.Channel, n.Payload)
			continue
		case ctx.Err() != nil:
			return ctx.Err()
		case conn.IsClosed():
			return Translate(err)
		}
		if err := bounded(ctx, beatTimeout, conn.Ping); err != nil {
			return Translate(err)
		}
	}
}

// bounded runs f with a deadline.
func bounded(ctx context.Context, limit time.Duration, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}
