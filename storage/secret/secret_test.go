package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"marquee/storage/secret"
)

func keyText(b byte) string { return strings.Repeat(hex.EncodeToString([]byte{b}), secret.KeySize) }

func parse(t testing.TB, text string) *secret.Ring {
	t.Helper()
	r, err := secret.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func seal(t testing.TB, r *secret.Ring, text, owner string) []byte {
	t.Helper()
	sealed, err := r.Seal(text, owner)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestKeysHaveSeveralForms(t *testing.T) {
	t.Parallel()
	raw := make([]byte, secret.KeySize)
	for i := range raw {
		raw[i] = byte(250 - i) // letters of both base64 alphabets
	}
	sealed := seal(t, parse(t, hex.EncodeToString(raw)), "text", "owner")
	for _, form := range []string{
		base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw), base64.URLEncoding.EncodeToString(raw),
		base64.RawURLEncoding.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)), keyText(1) + ", " + hex.EncodeToString(raw) + "\n",
	} {
		if got, err := parse(t, form).Open(sealed, "owner"); err != nil || got != "text" {
			t.Errorf("Open with the key %q: got %q, %v; want text", form, got, err)
		}
	}
	for _, malformed := range []string{"", ",", "secret", keyText(1)[2:], keyText(1) + "00", keyText(1) + ",x"} {
		_, err := secret.Parse(malformed)
		if err == nil {
			t.Errorf("Parse(%q) returned no error", malformed)
		} else if strings.Contains(err.Error(), "0101") {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

func TestOpenNeedsTheKeyAndTheOwner(t *testing.T) {
	t.Parallel()
	old, both, other := parse(t, keyText(1)), parse(t, keyText(2)+","+keyText(1)), parse(t, keyText(3))
	rapid.Check(t, func(rt *rapid.T) {
		text, owner := rapid.String().Draw(rt, "text"), rapid.String().Draw(rt, "owner")
		sealed := seal(t, old, text, owner)
		if got, err := both.Open(sealed, owner); err != nil || got != text {
			rt.Fatalf("Open: got %q, %v; want %q", got, err, text)
		}
		if _, err := other.Open(sealed, owner); !errors.Is(err, secret.ErrKey) || !strings.Contains(err.Error(), "MARQUEE_SECRET_KEY") {
			rt.Fatalf("Open with another key: got %v, want ErrKey", err)
		}
		if _, err := old.Open(sealed, owner+"x"); !errors.Is(err, secret.ErrDamaged) {
			rt.Fatalf("Open for another owner: got %v, want ErrDamaged", err)
		}
		sealed[rapid.IntRange(9, len(sealed)-1).Draw(rt, "at")] ^= 1
		if _, err := old.Open(sealed, owner); !errors.Is(err, secret.ErrDamaged) {
			rt.Fatalf("Open of a changed text: got %v, want ErrDamaged", err)
		}
		if _, err := old.Open(sealed[:rapid.IntRange(0, 20).Draw(rt, "length")], owner); err == nil {
			rt.Fatal("Open of a part of a text returned no error")
		}
	})
}

func TestEqualTextsAreSealedDifferently(t *testing.T) {
	t.Parallel()
	r := parse(t, keyText(1))
	if a, b := seal(t, r, "text", "owner"), seal(t, r, "text", "owner"); string(a) == string(b) {
		t.Error("Seal used a nonce twice")
	}
}

func TestFileIsCreatedOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "secret.key")
	sealed := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range sealed {
		wg.Go(func() {
			var err error
			if sealed[i], err = secret.File(path).Seal("text", "owner"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, s := range sealed {
		if got, err := secret.File(path).Open(s, "owner"); err != nil || got != "text" {
			t.Errorf("Open: got %q, %v; want text", got, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v; want 0600", info.Mode(), err)
	}
	if names, _ := os.ReadDir(filepath.Dir(path)); len(names) != 1 {
		t.Errorf("got the files %v, want one", names)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.File(path).Seal("text", "owner"); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("Seal with a key that all users may read: got %v, want chmod 600", err)
	}
}

func TestRingsWithOldAndRenewedKeysOpenEachOthersTexts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret.key")
	running, renewing := secret.File(path), secret.File(path)
	before := seal(t, running, "text", "owner")
	if err := renewing.Renew(); err != nil {
		t.Fatal(err)
	}
	after := seal(t, renewing, "text", "owner")
	for _, sealed := range [][]byte{before, after, seal(t, running, "text", "owner")} {
		for _, r := range []*secret.Ring{running, renewing, secret.File(path)} {
			if got, err := r.Open(sealed, "owner"); err != nil || got != "text" {
				t.Errorf("Open: got %q, %v; want text", got, err)
			}
		}
	}
	for want, sealed := range map[bool][]byte{false: before, true: after} {
		if got, err := renewing.Newest(sealed); got != want || err != nil {
			t.Errorf("Newest: got %v, want %v, error %v", got, want, err)
		}
	}
}
