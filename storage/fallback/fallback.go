// Package fallback asks a preferred server first and leaves a request to another
// server when the preferred one fails or lags. The search index with PostgreSQL
// in its place, and a replica with its primary, are such pairs.
//
// The package decides how long the preferred server may take, whether its health
// is in doubt, and when it is asked again. The caller asks the other server.
package fallback

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sony/gobreaker/v2"

	"marquee/storage"
)

const (
	// maxTime is the most that the preferred server gets of a request's time: ten
	// times what its slow answers take on a busy machine.
	maxTime = time.Second
	// openAfter is how many failures in a row open the circuit breaker. One or two
	// come with the restart of a node; each may have cost maxTime.
	openAfter = 3
	// probeAfter is how long the breaker stays open before it lets a request through.
	probeAfter = time.Second
)

// Errors that a Request returns or wraps to classify a failure.
var (
	// ErrLagging is an answer that lacks a change which it has to show. The server is
	// healthy.
	ErrLagging = errors.New("the server lags")
	// ErrInconclusive is a failure that says nothing about the server's health.
	ErrInconclusive = errors.New("inconclusive")
	// ErrExpensive is the failure of a request that may take longer than its time on a
	// healthy server. Running out of time is inconclusive then.
	ErrExpensive = errors.New("expensive")
)

// Config describes a preferred server. All but Logger must be set.
type Config struct {
	// Opened and Closed are logged when the circuit breaker opens and closes, Failed
	// when a request fails.
	Opened, Closed, Failed string
	// Logger receives them; nil drops them.
	Logger *slog.Logger
}

// Preferred is the preferred one of two servers. It is safe for concurrent use.
type Preferred struct {
	config  Config
	breaker *gobreaker.CircuitBreaker[struct{}]
	counts  counts
}

// New makes a Preferred whose server counts as healthy.
func New(c Config) *Preferred {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Preferred{config: c, breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:      probeAfter,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= openAfter },
		IsSuccessful: func(err error) bool { return Answered(err) || errors.Is(err, ErrLagging) },
		IsExcluded:   func(err error) bool { return errors.Is(err, ErrInconclusive) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			switch to {
			case gobreaker.StateOpen:
				c.Logger.Warn(c.Opened, "next try in", probeAfter)
			case gobreaker.StateClosed:
				c.Logger.Info(c.Closed)
			}
		},
	})}
}

// Degraded reports whether the last requests found that the server has failed.
func (p *Preferred) Degraded() bool { return p.breaker.State() != gobreaker.StateClosed }

// Answered reports whether err is the answer of a healthy server: nil, or an error
// that every server would return, such as for an object that does not exist.
func Answered(err error) bool {
	code := storage.CodeOf(err)
	return err == nil || code != storage.Internal && code != storage.Unavailable
}

// Request is a request to the preferred server.
type Request[T any] struct {
	// Ready reports whether the server is recent enough to be asked. It may wait; that
	// does not count as the server's time. Nil is always ready.
	Ready func(ctx context.Context) bool
	// Ask asks the server. Its context ends with the server's time.
	Ask func(ctx context.Context) (T, error)
	// Patient gives the server its whole part of a deadline, also beyond a second.
	Patient bool
	// Attributes are logged with a failure.
	Attributes []any
}

// Ask asks the preferred server, in its part of the request's time. An error that
// Answered reports as an answer comes from the server. After any other error the
// caller has to ask the other server, unless ctx has ended.
func Ask[T any](ctx context.Context, p *Preferred, r Request[T]) (out T, err error) {
	limit := share(ctx, r.Patient)
	_, err = p.breaker.Execute(func() (struct{}, error) {
		if r.Ready != nil && !r.Ready(ctx) {
			return struct{}{}, errNotReady
		}
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		out, err = r.Ask(limited)
		return struct{}{}, p.judge(ctx, limited, err, r.Attributes)
	})
	return out, err
}

// errNotReady is a server that was not asked, so that it has proved nothing.
var errNotReady = fmt.Errorf("%w (%w)", ErrLagging, ErrInconclusive)

// share returns the server's part of the request's time: two fifths, so that the
// other server has more.
func share(ctx context.Context, patient bool) time.Duration {
	end, ok := ctx.Deadline()
	switch part := time.Until(end) * 2 / 5; {
	case !ok:
		return maxTime
	case patient:
		return part
	default:
		return min(maxTime, part)
	}
}

// judge marks a failure that says nothing about the server's health, and logs what
// the request's end does not explain.
func (p *Preferred) judge(ctx, limited context.Context, err error, attributes []any) error {
	switch late := limited.Err() != nil; {
	case Answered(err), errors.Is(err, ErrLagging), errors.Is(err, ErrInconclusive):
		return err
	case ctx.Err() != nil: // the client has left, or never had the time
		return fmt.Errorf("%w: %w", ErrInconclusive, err)
	case late && errors.Is(err, ErrExpensive), !late && storage.CodeOf(err) == storage.Internal:
		// A refused request fails by itself. No client may open the breaker with
		// expensive or faulty requests.
		err = fmt.Errorf("%w: %w", ErrInconclusive, err)
	}
	p.config.Logger.Warn(p.config.Failed, append(attributes, "err", err)...)
	return err
}
