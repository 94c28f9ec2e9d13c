package wire

import (
	"net/http"

	"marquee/storage"
)

// BulkResult is what a line of a bulk did. ID and ETag are "" where there is none.
type BulkResult struct {
	Line      int
	Operation storage.Operation
	Noun      *storage.Noun
	ID, ETag  string
}

type (
	bulk struct {
		Meta    bulkMeta     `json:"meta"`
		Results []bulkResult `json:"results"`
	}
	bulkMeta struct {
		Created int  `json:"created"`
		Updated int  `json:"updated"`
		Deleted int  `json:"deleted"`
		DryRun  bool `json:"dry_run"`
	}
	bulkResult struct {
		Line   int     `json:"line"`
		Status int     `json:"status"`
		Noun   string  `json:"noun"`
		ID     *string `json:"id"`
		ETag   *string `json:"etag"`
	}
)

// Bulk returns the body of the reply to a bulk.
func Bulk(results []BulkResult, dryRun bool) ([]byte, error) {
	out := bulk{Meta: bulkMeta{DryRun: dryRun}, Results: make([]bulkResult, len(results))}
	for i, r := range results {
		out.Results[i] = bulkResult{Line: r.Line, Noun: r.Noun.Name, ID: text(r.ID), ETag: text(r.ETag)}
		status := &out.Results[i].Status
		switch r.Operation {
		case storage.Create:
			*status = http.StatusCreated
			out.Meta.Created++
		case storage.Update:
			*status = http.StatusOK
			out.Meta.Updated++
		default:
			*status = http.StatusNoContent
			out.Meta.Deleted++
		}
	}
	return marshal("the results of a bulk", out)
}
