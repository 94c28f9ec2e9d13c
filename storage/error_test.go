package storage_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"marquee/storage"
)

func TestErrorsKeepTheirCodeWhenWrapped(t *testing.T) {
	t.Parallel()
	e := storage.Errorf(storage.NotFound, "movie %d does not exist", 7)
	e.Err = io.ErrUnexpectedEOF
	wrapped := fmt.Errorf("get: %w", e)
	if storage.CodeOf(wrapped) != storage.NotFound || storage.CodeOf(io.EOF) != storage.Internal || storage.CodeOf(nil) != storage.Internal {
		t.Error("CodeOf: got another code")
	}
	if !errors.Is(wrapped, io.ErrUnexpectedEOF) || wrapped.Error() != "get: movie 7 does not exist: unexpected EOF" {
		t.Errorf("got the error %v", wrapped)
	}
}

func TestErrorsOfObjectsNameEveryFault(t *testing.T) {
	t.Parallel()
	e := storage.InvalidObject(storage.Serie, []storage.Fault{{Pointer: "/title", Reason: "is required"}, {Parameter: "limit", Reason: "must be an integer"}})
	for _, part := range []string{"serie", "/title is required", "limit must be an integer"} {
		if !strings.Contains(e.Error(), part) {
			t.Errorf("got the error %q, want one with %q", e.Error(), part)
		}
	}
	if e.Code != storage.Invalid || len(e.Faults) != 2 {
		t.Errorf("error %+v", e)
	}
}

func TestExcerptsAreReadable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value any
		want  string
	}{
		{nil, "null"}, {true, "true"}, {int64(-7), "-7"}, {"a", "a"}, {"", ""}, {[]any{1}, "a list"}, {storage.Members{}, "an object"}, {"a\xffb", "a\ufffdb"},
		{strings.Repeat("日", 80), strings.Repeat("日", 80)}, {strings.Repeat("日", 81), strings.Repeat("日", 79) + "…"},
	} {
		if got := storage.Excerpt(tt.value); got != tt.want {
			t.Errorf("Excerpt(%v): got %q, want %q", tt.value, got, tt.want)
		}
	}
}
