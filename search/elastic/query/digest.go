package query

import (
	"crypto/sha256"
	"encoding/base64"
	"marquee/storage/textform"
)

// digestBytes is how much of a SHA-256 stands for a folded value: two values
// share it by chance once in 2^96 pairs, so it needs no verification. A keyword
// ends at 32,766 bytes, a description may be longer.
const digestBytes = 12

// Digest stands for a value after folding.
func Digest(value string) string {
	sum := sha256.Sum256([]byte(textform.Fold(value)))
	return base64.RawURLEncoding.EncodeToString(sum[:digestBytes])
}
