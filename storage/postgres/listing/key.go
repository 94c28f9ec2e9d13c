package listing

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

// pageKey scans the key that a page is ordered by.
type pageKey struct {
	kind   storage.Kind
	number pgtype.Int8
	text   []byte
	moment pgtype.Timestamptz
}

func (k *pageKey) target() any {
	switch k.kind {
	case storage.Text:
		return &k.text
	case storage.Timestamp:
		return &k.moment
	}
	return &k.number
}

func (k *pageKey) key() storage.Key {
	switch k.kind {
	case storage.Text:
		return storage.Key{Text: string(k.text)}
	case storage.Timestamp:
		return storage.Key{Number: k.moment.Time.Unix()}
	}
	return storage.Key{Number: k.number.Int64}
}

// timeOf converts Unix seconds.
func timeOf(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
