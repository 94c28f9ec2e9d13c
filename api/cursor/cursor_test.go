package cursor_test

import (
	"testing"

	"marquee/api/cursor"
	"marquee/storage"
)

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, c := range []cursor.Cursor{
		{},
		{Query: cursor.HashOf("/2.0/movies"), Offset: 10, Position: storage.Position{Key: storage.Key{Text: "Heat\x00\xff"}, ID: "7"}},
		{Query: cursor.HashOf("/2.0/movies?sort=year"), Offset: 1<<31 - 1, Position: storage.Position{Key: storage.Key{Number: -5}, ID: "999999999999999999"}},
	} {
		got, ok := cursor.Parse(c.String())
		if !ok || *got != c {
			t.Errorf("Parse(%s): got %+v, %t, want %+v", c.String(), got, ok, c)
		}
	}
}

// Every change of one character is detected.
func TestParseRefusesAlteredCursors(t *testing.T) {
	t.Parallel()
	good := (&cursor.Cursor{Query: cursor.HashOf("q"), Offset: 3, Position: storage.Position{Key: storage.Key{Text: "a"}, ID: "7"}}).String()
	for i := range good {
		for _, r := range "AQgw-_+= " {
			if altered := good[:i] + string(r) + good[i+1:]; altered != good {
				if c, ok := cursor.Parse(altered); ok {
					t.Errorf("Parse(%s): got %+v, want none", altered, c)
				}
			}
		}
		if c, ok := cursor.Parse(good[:i]); ok {
			t.Errorf("Parse(%s): got %+v, want none", good[:i], c)
		}
	}
}
