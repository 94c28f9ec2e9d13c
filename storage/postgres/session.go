package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// leadEvery is how often a process that stands by asks for the leadership.
	leadEvery = 250 * time.Millisecond
	// beatEvery and beatTimeout bound how long a leader may be cut off from the
	// database without knowing.
	beatEvery   = time.Second
	beatTimeout = 2 * time.Second
	// closeTimeout bounds saying goodbye to the database.
	closeTimeout = 2 * time.Second
)

// sessionParams have PostgreSQL notice within seconds that the machine at the
// other end is gone, and give its locks to others.
var sessionParams = map[string]string{
	"tcp_keepalives_idle":     "2",
	"tcp_keepalives_interval": "1",
	"tcp_keepalives_count":    "3",
}

// ErrLeadershipLost is the end of a leadership that was not meant: its
// connection failed, so that another process may lead already.
var ErrLeadershipLost = errors.New("lost the connection that holds the leadership")

// Lead waits until this process is the only one that leads under this name in
// this database, runs f, and steps down. The context of f ends when the
// leadership is lost; the error is then ErrLeadershipLost. An unreachable
// database while waiting is an error too.
func (s *Store) Lead(ctx context.Context, name string, f func(ctx context.Context) error) error {
	conn, err := s.session(ctx)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	if err := acquire(ctx, conn, name); err != nil {
		return err
	}
	led, lose := context.WithCancelCause(ctx)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		if err := beat(led, conn); err != nil {
			lose(fmt.Errorf("%w: %w", ErrLeadershipLost, err))
		}
	}()
	err = f(led)
	lost := context.Cause(led)
	lose(nil)
	<-beating
	if errors.Is(lost, ErrLeadershipLost) {
		return lost
	}
	return err
}

// session opens a connection apart from the pool.
func (s *Store) session(ctx context.Context) (*pgx.Conn, error) {
	config := s.pool.Config().ConnConfig
	maps.Copy(config.RuntimeParams, sessionParams)
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	return conn, translate(err)
}

func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = conn.Close(ctx) // the database ends the session in any case
}

// acquire asks for the lock until it is free.
func acquire(ctx context.Context, conn *pgx.Conn, name string) error {
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
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtextextended($1, 0))`, "marquee "+name).Scan(&held)
	return held, translate(err)
}

// beat returns when the connection fails, or nil when ctx ends. Between two
// questions it waits in a read, which fails as soon as the connection does.
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
		ask, cancel := context.WithTimeout(ctx, beatTimeout)
		err = conn.Ping(ask)
		cancel()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Listen calls notify for every notification on the channels, with an empty
// channel once it has begun to listen, since earlier ones may be lost. It
// returns when the connection fails or ctx ends, with the reason.
func (s *Store) Listen(ctx context.Context, channels []string, notify func(channel, payload string)) error {
	conn, err := s.session(ctx)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	for _, c := range channels {
		if err := bounded(ctx, dialTimeout, func(ctx context.Context) error {
			_, err := conn.Exec(ctx, `LISTEN `+pgx.Identifier{c}.Sanitize())
			return err
		}); err != nil {
			return translate(err)
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
			return translate(err)
		}
		if err := bounded(ctx, beatTimeout, conn.Ping); err != nil {
			return translate(err)
		}
	}
}

// listenEvery is how often a listener that hears nothing asks whether the
// database is still there.
const listenEvery = 10 * time.Second

// bounded runs f with a deadline.
func bounded(ctx context.Context, limit time.Duration, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}
