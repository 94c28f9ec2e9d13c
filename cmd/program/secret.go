package program

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"marquee/storage/postgres"
	"marquee/storage/secret"
)

// secretFile is where keys are kept that nobody gave, in the data directory.
const secretFile = "secret.key"

// options are what the store is opened with.
func (c *databaseConfig) options() ([]postgres.Option, error) {
	ring := secret.File(filepath.Join(c.DataDir, secretFile))
	if c.SecretKey != "" {
		var err error
		if ring, err = secret.Parse(c.SecretKey); err != nil {
			return nil, fmt.Errorf("secret-key: %w", err)
		}
	}
	return []postgres.Option{postgres.WithSecrets(ring), postgres.WithQuota(c.Quota)}, nil
}

func (p *Program) secretCommand() *cobra.Command {
	return group("secret", "Manage the keys that apps' secrets are encrypted with",
		p.manage("rotate", "Encrypt every secret with the newest key; one in the data directory is made first", nil,
			func(ctx context.Context, d *database) (any, error) {
				n, err := d.RotateSecrets(ctx)
				return map[string]int{"encrypted": n}, err
			}))
}
