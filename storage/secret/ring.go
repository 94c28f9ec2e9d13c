// Package secret encrypts secrets that must be readable again, such as those that sign
// requests, with keys that are stored outside the database.
package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// KeySize is the length of a key in bytes: AES-256.
const KeySize = 32

const (
	// version is the first byte of every sealed text. It identifies the form.
	version = 1
	// idSize is the number of bytes of a key's SHA-256 that identify the key in a text.
	idSize = 8
)

// The errors of Open.
var (
	// ErrKey says that the ring does not have the key of the text.
	ErrKey = errors.New("it was encrypted with a secret key that is not configured; add the key to MARQUEE_SECRET_KEY, or to the file secret.key in the data directory")
	// ErrDamaged says that the right key does not open the text: the text was changed, or
	// it belongs to another owner.
	ErrDamaged = errors.New("it was changed after it was encrypted, or belongs to another object; rotate it")
)

// key is one key with its id, which the texts sealed with it carry.
type key struct {
	id     [idSize]byte
	sealer cipher.AEAD
}

// Ring is a set of keys, the newest first. The newest seals, all of them open. A Ring is
// safe for concurrent use.
type Ring struct {
	// path is the file of the keys, "" for a ring from Parse.
	path string

	mu   sync.Mutex
	keys []key // nil before a file is read
}

// Parse returns a ring of keys separated by commas or line ends, the newest first. Each
// key is KeySize bytes in hexadecimal or base64.
func Parse(text string) (*Ring, error) {
	keys, err := parse(text)
	if err != nil {
		return nil, err
	}
	return &Ring{keys: keys}, nil
}

func parse(text string) ([]key, error) {
	var keys []key
	for i, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		raw, ok := decode(strings.TrimSpace(word))
		if !ok {
			return nil, fmt.Errorf("secret key %d is malformed: it must be %d random bytes in hexadecimal or base64, such as `openssl rand -base64 %[2]d` writes", i+1, KeySize)
		}
		keys = append(keys, newKey(raw))
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no secret key; give one, such as `openssl rand -base64 32` writes")
	}
	return keys, nil
}

func newKey(raw []byte) key {
	block, err := aes.NewCipher(raw)
	if err != nil {
		panic(fmt.Sprintf("secret: %v", err)) // decode returns keys of one length
	}
	sealer, err := cipher.NewGCM(block)
	if err != nil {
		panic(fmt.Sprintf("secret: %v", err)) // AES has the block size of GCM
	}
	sum := sha256.Sum256(raw)
	return key{id: [idSize]byte(sum[:idSize]), sealer: sealer}
}

// Seal encrypts a text with the newest key. Open needs the same owner, a name that never
// changes.
func (r *Ring) Seal(text, owner string) ([]byte, error) {
	keys, err := r.load()
	if err != nil {
		return nil, err
	}
	k := keys[0]
	sealed := append([]byte{version}, k.id[:]...)
	nonce := make([]byte, k.sealer.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return k.sealer.Seal(append(sealed, nonce...), nonce, []byte(text), []byte(owner)), nil
}

// Open decrypts a text that Seal encrypted for the owner. The error is ErrKey,
// ErrDamaged, or that of reading the keys.
func (r *Ring) Open(sealed []byte, owner string) (string, error) {
	keys, err := r.load()
	if err != nil {
		return "", err
	}
	if len(sealed) < 1+idSize || sealed[0] != version {
		return "", ErrDamaged
	}
	k := find(keys, sealed)
	if k == nil && r.path != "" { // another process may have added the key
		if keys, err = r.read(); err != nil {
			return "", err
		}
		k = find(keys, sealed)
	}
	if k == nil {
		return "", ErrKey
	}
	rest := sealed[1+idSize:]
	if len(rest) < k.sealer.NonceSize() {
		return "", ErrDamaged
	}
	nonce, text := rest[:k.sealer.NonceSize()], rest[k.sealer.NonceSize():]
	plain, err := k.sealer.Open(nil, nonce, text, []byte(owner))
	if err != nil {
		return "", ErrDamaged
	}
	return string(plain), nil
}

// Newest reports whether the newest key sealed the text.
func (r *Ring) Newest(sealed []byte) (bool, error) {
	keys, err := r.load()
	if err != nil {
		return false, err
	}
	return find(keys[:1], sealed) != nil, nil
}

// find returns the key that sealed the text, nil when keys does not have it.
func find(keys []key, sealed []byte) *key {
	i := slices.IndexFunc(keys, func(k key) bool {
		return len(sealed) > idSize && bytes.Equal(k.id[:], sealed[1:1+idSize])
	})
	if i < 0 {
		return nil
	}
	return &keys[i]
}

// decode reads a key in one of its forms.
func decode(word string) ([]byte, bool) {
	if raw, err := hex.DecodeString(word); err == nil && len(raw) == KeySize {
		return raw, true
	}
	for _, form := range forms {
		if raw, err := form.DecodeString(word); err == nil && len(raw) == KeySize {
			return raw, true
		}
	}
	return nil, false
}
