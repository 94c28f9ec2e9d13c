package account

import (
	"errors"

	"github.com/spf13/cobra"

	"marquee/storage/credential"
)

// sliceFlags declares the flags for a part of a list. The default is all of it.
func sliceFlags(cmd *cobra.Command, part *credential.Slice) {
	cmd.Flags().IntVar(&part.Offset, "offset", 0, "number of items to skip")
	cmd.Flags().IntVar(&part.Limit, "limit", 0, "most items to show; 0 is no limit")
}

func checkSlice(part *credential.Slice) func() error {
	return func() error {
		if min(part.Offset, part.Limit) < 0 {
			return errors.New("offset and limit must not be negative")
		}
		return nil
	}
}
