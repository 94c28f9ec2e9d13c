package signature

import (
	"testing"

	"github.com/dghubble/oauth1"
	"pgregory.net/rapid"
)

// The cases include the examples of RFC 5849, section 3.6.
func TestEncode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "abcXYZ019-._~": "abcXYZ019-._~", "%": "%25", "+": "%2B", " ": "%20", "&=*": "%26%3D%2A", "!'()": "%21%27%28%29",
		"\n": "%0A", "\x7f": "%7F", "\u0080": "%C2%80", "、": "%E3%80%81", "/?:@": "%2F%3F%3A%40", "\xff": "%FF",
	} {
		if got := Encode(text); got != want {
			t.Errorf("Encode(%q): got %s, want %s", text, got, want)
		}
		if got, ok := Decode(want); !ok || got != text {
			t.Errorf("Decode(%s): got %q, %t; want %q, true", want, got, ok, text)
		}
	}
	for _, text := range []string{"+", " ", "a=b", "%", "%4", "%4g", "é", "a/b", "%%41"} {
		if got, ok := Decode(text); ok {
			t.Errorf("Decode(%q): got %q, want false", text, got)
		}
	}
}

func TestEncodeAgreesWithAClient(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		if got, want := Encode(text), oauth1.PercentEncode(text); got != want {
			t.Fatalf("Encode(%q): got %s, want %s", text, got, want)
		}
		if back, ok := Decode(Encode(text)); !ok || back != text {
			t.Fatalf("Decode(Encode(%q)): got %q, %t", text, back, ok)
		}
	})
}

// Parameters are sorted by encoded name, then by value. Sorting the pairs as texts would
// put a-b=1 before a=2.
func TestNormalize(t *testing.T) {
	t.Parallel()
	params := []Param{{"a", "2"}, {"a-b", "1"}, {"a", "%"}, {"é", ""}, {"z", ""}, {"oauth_signature", "x"}, {"A", "~"}, {"a", "a"}, {"a", "2"}, {"", "v"}}
	want := "=v&%C3%A9=&A=~&a=%25&a=2&a=2&a=a&a-b=1&z="
	if got := Normalize(params); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := BaseString("m-search*", "http://a/", nil), "M-SEARCH%2A&http%3A%2F%2Fa%2F&"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
