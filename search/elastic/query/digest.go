package query

import (
	"crypto/sha256"
	"encoding/base64"

	"marquee/storage/textform"
)

// digestBytes is the length of the part of a SHA-256 that stands for a folded value. Two
// values share it by chance once in 2^96 pairs, so it needs no verification. A keyword
// has at most 32,766 bytes; a description may be longer.
const digestBytes = 12

// Digest returns the digest of a value after folding.
func Digest(value string) string {
	sum := sha256.Sum256([]byte(textform.Fold(value)))
	return base64.RawURLEncoding.EncodeToString(sum[:digestBytes])
}
