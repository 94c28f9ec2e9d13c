// Package nonce remembers what may be used only once, such as the nonces of
// OAuth 1.0a (RFC 5849, section 3.3). It fails closed: what cannot be remembered
// is an error, never fresh.
//
// A nonce has to be kept for as long as its request could be repeated. Where
// timestamps may differ from the server's clock by 300 s in both directions, a
// request dated 300 s ahead is taken for the next 600 s: that is the time to live.
package nonce

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

// ErrFull says that as many nonces are kept as there is room for, and that none
// has expired.
var ErrFull = errors.New("no room for a nonce until one expires")

// digest stands for a key, so that clients cannot take room by long ones, and
// nothing that they sent lies about.
type digest = [sha256.Size]byte

// checked returns the digest of a key, or an error for a time to live of less than
// a millisecond, which Redis does not count: of 0 it would make for ever.
func checked(key string, ttl time.Duration) (digest, error) {
	if ttl < time.Millisecond {
		return digest{}, fmt.Errorf("keep a nonce for %s: at least 1ms", ttl)
	}
	return sha256.Sum256([]byte(key)), nil
}
