package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"regexp"
	"slices"

	"marquee/storage"
)

// A cursor is base64url of: version, 8 bytes of the hash of the query it
// belongs to, running offset, key (number, text), id, checksum. It is no
// secret and grants nothing: the checksum finds accidents and edits, and what
// a forger could write is checked for its form.
const (
	cursorVersion = 1
	queryHashSize = 8
	checksumSize  = 4
)

var cursorForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// encodeCursor writes the position behind a page, which stands offset objects
// into the list.
func (a *asked) encodeCursor(at *storage.Position, offset int) string {
	b := []byte{cursorVersion}
	b = append(b, a.queryHash()...)
	b = binary.AppendUvarint(b, uint64(offset))
	b = binary.AppendVarint(b, at.Key.Number)
	b = binary.AppendUvarint(b, uint64(len(at.Key.Text)))
	b = append(append(b, at.Key.Text...), at.ID...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

// queryHash identifies the query that a cursor belongs to.
func (a *asked) queryHash() []byte {
	sum := sha256.Sum256([]byte(a.list()))
	return sum[:queryHashSize]
}

// decodeCursor reads what encodeCursor wrote; ok is false for anything else.
func decodeCursor(s string) (hash []byte, offset int, at *storage.Position, ok bool) {
	if !cursorForm.MatchString(s) {
		return nil, 0, nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < 1+queryHashSize+checksumSize || b[0] != cursorVersion {
		return nil, 0, nil, false
	}
	payload, sum := b[:len(b)-checksumSize], b[len(b)-checksumSize:]
	if crc32.ChecksumIEEE(payload) != binary.BigEndian.Uint32(sum) {
		return nil, 0, nil, false
	}
	hash, rest := payload[1:1+queryHashSize], payload[1+queryHashSize:]
	r := bytes.NewReader(rest)
	before, err1 := binary.ReadUvarint(r)
	number, err2 := binary.ReadVarint(r)
	length, err3 := binary.ReadUvarint(r)
	if errors.Join(err1, err2, err3) != nil || before > math.MaxInt32 || length > uint64(r.Len()) {
		return nil, 0, nil, false
	}
	text := rest[len(rest)-r.Len():]
	text, id := text[:length], text[length:]
	return hash, int(before), &storage.Position{Key: storage.Key{Text: string(text), Number: number}, ID: string(id)}, true
}

// openCursor turns the cursor into a position. Whether it belongs to this
// query can only be said when nothing else is wrong.
func (a *asked) openCursor(otherFaults bool) []fault {
	if a.cursor == "" {
		return nil
	}
	index := func(name string) int {
		return slices.IndexFunc(a.pairs, func(p pair) bool { return p.name == name })
	}
	refuse := func(name, value, reason string) fault {
		f := bad(value, reason)
		f.Parameter, f.at = name, index(name)
		return f
	}
	hash, offset, at, ok := decodeCursor(a.cursor)
	var faults []fault
	if !ok || !a.fits(at) {
		faults = append(faults, refuse("cursor", a.cursor, "is no cursor of this API, or was altered; take it from the Link header as it is"))
	} else if !otherFaults && string(hash) != string(a.queryHash()) {
		faults = append(faults, refuse("cursor", a.cursor, "belongs to another query: a cursor goes with the parameters it was given for"))
	}
	if value, given := a.given("offset"); given {
		faults = append(faults, refuse("offset", value, "cannot be given together with cursor").drop())
	}
	a.query.After, a.offset, a.query.Offset = at, offset, 0
	return faults
}

// fits reports whether a position can be one of the query's order: the store
// is only given keys that its columns can hold.
func (a *asked) fits(at *storage.Position) bool {
	if a.query.Order.Sort == &storage.Relevance { // the engine's own, which it checks
		return a.noun.ValidID(at.ID)
	}
	low, high := int64(-math.MaxInt32), int64(math.MaxInt32)
	switch a.query.Order.Sort.Kind {
	case storage.Text:
		low, high = 0, 0
	case storage.Timestamp:
		low, high = firstSecond, lastSecond
	}
	text := a.query.Order.Sort.Kind == storage.Text || at.Key.Text == ""
	return text && at.Key.Number >= low && at.Key.Number <= high && a.noun.ValidID(at.ID)
}

// The Unix seconds of the years 1 to 9999, which every store can hold.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)
