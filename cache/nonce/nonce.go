// Package nonce remembers values that may be used only once, such as the nonces of
// OAuth 1.0a (RFC 5849, section 3.3). It fails closed: a nonce that cannot be remembered
// is an error, never fresh.
//
// A nonce must be remembered for as long as its request could be repeated. Timestamps
// may differ from the server's clock by 300 s in both directions. A request dated 300 s
// ahead is accepted for the next 600 s, which is therefore the time to live.
package nonce

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

// ErrFull reports that memory has no room for another nonce, because none has expired.
var ErrFull = errors.New("no room for a nonce until one expires")

// digest replaces a key, so that long keys take no more memory than short ones, and no
// data of clients is stored.
type digest = [sha256.Size]byte

// checked returns the digest of a key. A time to live of less than a millisecond is an
// error: Redis counts in milliseconds, and 0 would mean for ever.
func checked(key string, ttl time.Duration) (digest, error) {
	if ttl < time.Millisecond {
		return digest{}, fmt.Errorf("remember a nonce for %s: the time to live must be at least 1ms", ttl)
	}
	return sha256.Sum256([]byte(key)), nil
}
