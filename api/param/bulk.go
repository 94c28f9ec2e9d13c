package param

import (
	"marquee/api/querystring"
	"marquee/api/value"
)

// Bulk are the parameters of a bulk of writes.
type Bulk struct {
	Request
	// DryRun finds out what would happen, and writes nothing.
	DryRun bool
}

var bulkSet = newBulkSet()

func newBulkSet() *set[Bulk] {
	s := newSet(func() *Bulk { return &Bulk{} }, func(p *Bulk) *Request { return &p.Request })
	s.add(Parameter{
		Name: "dry_run", Default: "false", Allowed: "true, false",
		Doc: "answer as the bulk would be answered, and store nothing; the ids of creations are null",
	}, func(p *Bulk, v string) (faults []querystring.Fault) {
		p.DryRun, faults = value.Flag(v)
		return faults
	})
	return s
}

// ParseBulk parses the query string of a bulk.
func ParseBulk(path, raw string) (*Bulk, error) { return bulkSet.parse(path, raw) }

// OfBulk describes the parameters of a bulk.
func OfBulk() []Parameter { return bulkSet.parameters }
