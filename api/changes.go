package api

import (
	"fmt"
	"net/http"

	"marquee/api/param"
	"marquee/storage"
)

// changes answers with a stretch of the log, for consumers that follow the
// catalogue. Who wrote is not for the public.
func (a *API) changes(c *call) (*reply, error) {
	p, err := param.ParseChanges(c.path(), c.query())
	if err != nil {
		return nil, err
	}
	log, err := a.catalogue.Changes(c.ctx, p.Since, p.Limit)
	if err != nil {
		return nil, p.WithStoreFaults(err)
	}
	next := p.Since
	if n := len(log.Changes); n > 0 {
		next = log.Changes[n-1].Version
	}
	body := appendChanges(p, log, next)
	header := http.Header{"Cache-Control": {c.lifetime(logLifetime)}, "Vary": {varyRead}, "Etag": {listTag(body)}}
	if next < log.Version {
		header.Set("Link", p.NextLink(next))
	}
	return &reply{status: http.StatusOK, header: header, body: body}, nil
}

func appendChanges(p *param.Changes, log *storage.Changes, next int64) []byte {
	b := fmt.Appendf(nil, `{"meta":{"since":%d,"limit":%d,"version":%d,"next":%d},"changes":[`,
		p.Since, p.Limit, log.Version, next)
	for i := range log.Changes {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendChange(b, &log.Changes[i])
	}
	return append(b, `]}`...)
}

// appendChange appends one entry: a deletion is a tombstone without object, an
// import only names its ids.
func appendChange(b []byte, change *storage.Change) []byte {
	b = fmt.Appendf(b, `{"version":%d,"noun":"%s","operation":"%s","ids":[`, change.Version, change.Noun.Name, change.Operation)
	for i, id := range change.IDs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, id)
	}
	b = fmt.Appendf(b, `],"at":"%s","object":`, storage.FormatTime(change.At))
	if change.After == nil {
		b = append(b, "null"...)
	} else {
		b = change.After.AppendJSON(b)
	}
	return append(b, '}')
}
