package openapi

import (
	"crypto/sha256"
	"encoding/hex"
)

// Form identifies the form of the replies by 12 characters of a hash of the document.
// Releases with different documents may answer a request with different bytes, so
// they do not share cached responses.
func Form() string {
	sum := sha256.Sum256(Document())
	return hex.EncodeToString(sum[:6])
}
