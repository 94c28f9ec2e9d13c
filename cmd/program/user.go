package program

import (
	"context"
	"errors"

	"marquee/storage/credential"

	"github.com/spf13/cobra"
)

// shownAccount is a user as the list shows them. A quota of null is the one of
// --quota.
type shownAccount struct {
	User  string `json:"user"`
	Used  int64  `json:"used_bytes"`
	Quota *int64 `json:"quota_bytes"`
}

func (p *Program) userCommand() *cobra.Command {
	return group("user", "Manage how much users may store", p.userList(), p.userQuota())
}

func (p *Program) userList() *cobra.Command {
	return p.manage("list", "List what every user has stored, and may store", nil,
		func(ctx context.Context, d *database) (any, error) {
			accounts, err := d.Accounts(ctx)
			shown := make([]shownAccount, len(accounts))
			for i, a := range accounts {
				shown[i] = shownAccount(a)
			}
			return shown, err
		})
}

func (p *Program) userQuota() *cobra.Command {
	var user string
	var bytes int64
	var standard bool
	var cmd *cobra.Command
	check := func() error {
		if cmd.Flags().Changed("bytes") == standard {
			return errors.New("say how much: give either --bytes or --default")
		}
		return nil
	}
	cmd = p.manage("quota", "Set how many bytes a user may store", check,
		func(ctx context.Context, d *database) (any, error) {
			quota := &bytes
			if standard {
				quota = nil
			}
			a, err := d.SetQuota(ctx, user, quota)
			if err != nil {
				return nil, err
			}
			return shownAccount(*a), nil
		})
	cmd.Flags().StringVar(&user, "user", "", "whose quota (required); an app's own is that of "+credential.AppUser("NAME"))
	sizeVar(cmd.Flags(), &bytes, "bytes", 0, "bytes that the user's objects may have; 0 is no limit")
	cmd.Flags().BoolVar(&standard, "default", false, "go back to what --quota says")
	require(cmd, "user")
	return cmd
}
