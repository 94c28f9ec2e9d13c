package pair

import (
	"context"
	"time"
)

// Pacer bounds the objects that are read or sent in a second.
type Pacer struct {
	pair *Pair
	rate int
	owed int
}

// NewPacer makes a pacer. A rate of 0 is no bound.
func (p *Pair) NewPacer(rate int) *Pacer { return &Pacer{pair: p, rate: rate} }

// Wait is called after some objects. It sleeps now and then, about ten times a
// second.
func (p *Pacer) Wait(ctx context.Context, objects int) error {
	p.owed += objects
	if p.rate > 0 && p.owed*10 >= p.rate {
		p.pair.Sleep(ctx, time.Duration(p.owed)*time.Second/time.Duration(p.rate))
		p.owed = 0
	}
	return ctx.Err()
}
