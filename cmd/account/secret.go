package account

import (
	"context"

	"github.com/spf13/cobra"

	"marquee/cmd/command"
	"marquee/cmd/database"
)

// SecretCommand makes marquee secret.
func SecretCommand(e *command.Env) *cobra.Command {
	return command.Group("secret", "Manage the keys that encrypt the secrets of apps",
		e.JSONCommand("rotate", "Encrypt every secret with the newest key; keys in the data directory get a new one first", nil,
			func(ctx context.Context, d *database.DB) (any, error) {
				n, err := d.RotateSecrets(ctx)
				return map[string]int{"encrypted": n}, err
			}))
}
