// Package cursor encodes the position in a list at which a page ends.
package cursor

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"regexp"

	"marquee/storage"
)

// A cursor is the base64url form of: format version, 8 bytes of the hash of the
// query, number of objects before the position, key (number, length of the text,
// text), id, checksum. It is no secret and grants nothing. The checksum detects
// accidents and edits; a caller checks the position, which anybody can forge.
const (
	formatVersion = 1
	checksumSize  = 4
)

// Hash identifies the query that a cursor belongs to.
type Hash [8]byte

// HashOf returns the hash of a query in its canonical form.
func HashOf(query string) Hash {
	sum := sha256.Sum256([]byte(query))
	return Hash(sum[:len(Hash{})])
}

var form = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Cursor is a position in the list of a query.
type Cursor struct {
	Query Hash
	// Offset is the number of objects before the position.
	Offset   int
	Position storage.Position
}

// String encodes the cursor.
func (c *Cursor) String() string {
	b := []byte{formatVersion}
	b = append(b, c.Query[:]...)
	b = binary.AppendUvarint(b, uint64(c.Offset))
	b = binary.AppendVarint(b, c.Position.Key.Number)
	b = binary.AppendUvarint(b, uint64(len(c.Position.Key.Text)))
	b = append(append(b, c.Position.Key.Text...), c.Position.ID...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

// Parse decodes what String returns; ok is false for anything else.
func Parse(s string) (c *Cursor, ok bool) {
	if !form.MatchString(s) {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < 1+len(Hash{})+checksumSize || b[0] != formatVersion {
		return nil, false
	}
	payload, sum := b[:len(b)-checksumSize], b[len(b)-checksumSize:]
	if crc32.ChecksumIEEE(payload) != binary.BigEndian.Uint32(sum) {
		return nil, false
	}
	c = &Cursor{}
	rest := payload[1+copy(c.Query[:], payload[1:]):]
	r := bytes.NewReader(rest)
	offset, err1 := binary.ReadUvarint(r)
	number, err2 := binary.ReadVarint(r)
	length, err3 := binary.ReadUvarint(r)
	if errors.Join(err1, err2, err3) != nil || offset > math.MaxInt32 || length > uint64(r.Len()) {
		return nil, false
	}
	rest = rest[len(rest)-r.Len():]
	c.Offset = int(offset)
	c.Position = storage.Position{Key: storage.Key{Text: string(rest[:length]), Number: number}, ID: string(rest[length:])}
	return c, true
}
