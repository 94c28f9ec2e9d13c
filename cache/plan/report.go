package plan

import (
	"context"
	"time"
)

// Description is what the origin says about an answer that may be stored.
type Description struct {
	// AsOf is the version that the answer's data was read at, or an older one.
	AsOf int64
	// Source is the store that the version belongs to.
	Source Source
	// Lifetimes limit how long the answer is served.
	Lifetimes Lifetimes
	// From and Until are the instants between which the answer is right, as far as the
	// clock decides: from From on, and before Until. A zero From is the time of the read, a
	// zero Until is never.
	From, Until time.Time
	// Parts are the answers that this one is made of, at most MaxParts.
	Parts []Part
}

// MaxParts bounds the parts of an answer. The first hit after a write compares the write with
// each part: with 100 ids in each, 32 parts take 30 µs, and 170 KB of memory.
const MaxParts = 32

// Part is an answer inside another one. A change that touches the part touches the
// whole.
type Part struct {
	// Target is the part's canonical target. Its plan has the subject that a change may
	// touch.
	Target string
	// Source is the store of the part's data, AsOf the version that it was read at.
	Source Source
	AsOf   int64
}

// Report collects what the origin says about an answer while it writes it. Each
// origin read has its own.
type Report struct {
	Description
	// Described is false when the origin did not call Describe: the answer is not
	// stored.
	Described bool
	// CallerFault is true when the origin called CallerFault.
	CallerFault bool
}

// reportKey is the context key of a *Report.
type reportKey struct{}

// WithReport returns a context in which the origin's calls are written to report.
// The cache passes it with every request that it makes.
func WithReport(ctx context.Context, report *Report) context.Context {
	return context.WithValue(ctx, reportKey{}, report)
}

// Describe records the description of the answer to the request with this context.
// The origin calls it before its handler returns. Without a cache in front it does
// nothing.
func Describe(ctx context.Context, d Description) {
	if report, ok := ctx.Value(reportKey{}).(*Report); ok {
		report.Description, report.Described = d, true
	}
}

// CallerFault records that the caller caused the 5xx status of the answer to the
// request with this context. The origin calls it before its handler returns.
// Without a cache in front it does nothing.
func CallerFault(ctx context.Context) {
	if report, ok := ctx.Value(reportKey{}).(*Report); ok {
		report.CallerFault = true
	}
}

// FromCache reports whether the request with this context was made by a cache. It
// has then passed admission already, or it refreshes an entry in the background.
func FromCache(ctx context.Context) bool {
	_, ok := ctx.Value(reportKey{}).(*Report)
	return ok
}
