package account

import (
	"errors"

	"github.com/spf13/cobra"

	"marquee/storage/credential"
)

// sliceFlags declare which part of a list is shown, all by default.
func sliceFlags(cmd *cobra.Command, part *credential.Slice) {
	cmd.Flags().IntVar(&part.Offset, "offset", 0, "how many to skip")
	cmd.Flags().IntVar(&part.Limit, "limit", 0, "how many to show at most; 0 is no limit")
}

func checkSlice(part *credential.Slice) func() error {
	return func() error {
		if min(part.Offset, part.Limit) < 0 {
			return errors.New("offset, limit: must not be negative")
		}
		return nil
	}
}
