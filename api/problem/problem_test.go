package problem_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"marquee/api/oauth1"
	"marquee/api/problem"
	"marquee/storage"
)

func TestFrom(t *testing.T) {
	t.Parallel()
	fault := func(f storage.Fault) error { return &storage.Error{Code: storage.Invalid, Faults: []storage.Fault{f}} }
	tests := []struct {
		err         error
		want        problem.Kind
		detail      string
		serverFault bool
	}{
		{errors.New("secret"), problem.Internal, "the server failed", true},
		{storage.Errorf(storage.Internal, "secret"), problem.Internal, "the server failed", true},
		{storage.Errorf(storage.Unavailable, "the database is down"), problem.Unavailable, "the database is down", true},
		{fmt.Errorf("get: %w", storage.Errorf(storage.NotFound, "there is no movie 7")), problem.NotFound, "there is no movie 7", false},
		{fault(storage.Fault{Parameter: "limit", Reason: "is bad"}), problem.InvalidParameter, "limit is bad", false},
		{fault(storage.Fault{Pointer: "/movie/title", Reason: "is bad", Nearest: "x"}), problem.InvalidBody, "/movie/title is bad (did you mean x?)", false},
		{fault(storage.Fault{Reason: "is bad"}), problem.InvalidBody, "the body is bad", false},
		{&oauth1.Refusal{Reason: oauth1.NonceUsed, Detail: "the nonce was used"}, problem.Forbidden, "the nonce was used", false},
		{fmt.Errorf("wrapped: %w", problem.New(problem.Conflict, "n is %d", 1)), problem.Conflict, "n is 1", false},
	}
	for _, tt := range tests {
		p := problem.From(tt.err)
		if p.Kind != tt.want || !strings.HasPrefix(p.Detail, tt.detail) || p.ServerFault() != tt.serverFault {
			t.Errorf("From(%v): got %+v, want %+v with %q", tt.err, p, tt.want, tt.detail)
		}
		if strings.Contains(string(p.Encode("id")), "secret") {
			t.Errorf("From(%v): the body has the cause: %s", tt.err, p.Encode("id"))
		}
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	p := problem.Invalid(problem.InvalidBody, []storage.Fault{{Pointer: "/a<b", Value: "x", Reason: "is bad", Allowed: "y", Nearest: "z"}, {Reason: "is bad"}})
	want := `{"meta":{"request_id":"r"},"type":"/problems/invalid-body","title":"Invalid body","status":400,` +
		`"detail":"/a<b is bad (did you mean z?); the body is bad","errors":[` +
		`{"pointer":"/a<b","value":"x","reason":"is bad","allowed":"y","nearest":"z"},{"pointer":"","reason":"is bad"}]}`
	if got := string(p.Encode("r")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	first := problem.Invalid(problem.InvalidParameter, []storage.Fault{{Parameter: "a", Reason: "is bad"}})
	second := problem.Invalid(problem.InvalidBody, []storage.Fault{{Pointer: "/b", Reason: "is bad"}})
	other := errors.New("other")
	tests := []struct {
		name          string
		first, second error
		want          string
	}{
		{"both", first, second, "Invalid parameter: a is bad; /b is bad"},
		{"first", first, nil, "Invalid parameter: a is bad"},
		{"second", nil, second, "Invalid body: /b is bad"},
		{"an error after faults", first, other, "other"},
		{"an error before faults", other, second, "other"},
		{"a problem without faults", first, problem.New(problem.BodyTooLarge, "too large"), "Invalid parameter: a is bad"},
	}
	for _, tt := range tests {
		if got := problem.Join(tt.first, tt.second); got == nil || got.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, got, tt.want)
		}
	}
	if got := problem.Join(nil, nil); got != nil {
		t.Errorf("nothing: got %v, want nil", got)
	}
	if first.Status != http.StatusBadRequest {
		t.Errorf("got status %d, want 400", first.Status)
	}
}
