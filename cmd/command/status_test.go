package command

import (
	"errors"
	"fmt"
	"testing"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	refused, other := &RefusedError{Records: 2}, errors.New("disk full")
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{refused, 3},
		{errors.Join(errors.Join(refused, nil), nil), 3},
		{other, 1},
		{errors.Join(refused, other), 1},
		{fmt.Errorf("load: %w", other), 1},
	} {
		if got := Status(tt.err); got != tt.want {
			t.Errorf("Status(%v) = %d, want %d", tt.err, got, tt.want)
		}
	}
}
