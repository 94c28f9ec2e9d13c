package setting

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A password is hidden with any characters, and also in a value that is no URL.
func TestMaskProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringMatching(`[a-z0-9,@:/?#%&= ]{0,3}mellon[a-z0-9,@:/?#%&= ]{0,3}`).Draw(t, "password")
		value := rapid.SampledFrom([]string{"redis://ed:", "redis://:", "redis://a:1,redis://ed:"}).Draw(t, "before") + password +
			rapid.SampledFrom([]string{"@host:6379/0", "@host", "@a,redis://ed:mellon@b"}).Draw(t, "after")
		if rapid.Bool().Draw(t, "keywords") {
			value = "host=a password=" + password + " user=ed"
		}
		if shown := maskURLs(value); strings.Contains(shown, "mellon") {
			t.Errorf("%q is masked as %q, which shows the password", value, shown)
		}
	})
}

// Sizes are parsed in the form in which they are formatted, and other forms are errors.
func TestSizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "1024": 1024, "1KiB": 1024, "256MiB": 256 << 20, "3GiB": 3 << 30, "2TiB": 2 << 40, "9223372036854775807": 1<<63 - 1, "8388607TiB": 8388607 << 40,
	} {
		var s sizeValue
		if err := s.Set(text); err != nil || int64(s) != want {
			t.Errorf("%q: got %d, %v, want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "KiB", "-1", "+1", "1.5KiB", "1 KiB", "1kib", "1KB", "0x10", "1_000", "1MiBKiB", "9223372036854775808", "8388608TiB"} {
		var s sizeValue
		if err := s.Set(text); !errors.Is(err, errSize) || s != 0 {
			t.Errorf("%q: got %d, %v, want errSize", text, s, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		size := sizeValue(rapid.Int64Min(0).Draw(t, "number") >> rapid.IntRange(0, 62).Draw(t, "less") << rapid.IntRange(0, 40).Draw(t, "more") & (1<<63 - 1))
		var again sizeValue
		if err := again.Set(size.String()); err != nil || again != size {
			t.Errorf("%d is formatted as %s and parsed as %d, %v", int64(size), &size, int64(again), err)
		}
	})
}
