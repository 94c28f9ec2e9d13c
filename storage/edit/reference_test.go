package edit_test

import (
	"testing"

	"marquee/storage/edit"
)

func TestIdentityIsTheKeyElseTheFoldedName(t *testing.T) {
	t.Parallel()
	type ref = edit.Reference
	tests := []struct {
		a, b ref
		same bool
	}{
		{ref{Name: "Ann"}, ref{Name: " ANN "}, true},
		{ref{Name: "Ann"}, ref{Name: "Anna"}, false},
		{ref{Name: "Ann", Key: "1"}, ref{Name: "Anna", Key: "1"}, true},
		{ref{Name: "Ann", Key: "1"}, ref{Name: "Ann", Key: "2"}, false},
		{ref{Name: "Ann", Key: "1"}, ref{Name: "Ann"}, false},
	}
	for _, tt := range tests {
		if got := tt.a.Identity() == tt.b.Identity(); got != tt.same {
			t.Errorf("%+v and %+v: got the same identity %t", tt.a, tt.b, got)
		}
	}
}
