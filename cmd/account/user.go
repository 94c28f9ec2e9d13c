package account

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"marquee/cmd/command"
	"marquee/cmd/database"
	"marquee/cmd/setting"
	"marquee/storage/credential"
)

// shownAccount is a user in the output of marquee user list. A quota of null means that
// of --quota.
type shownAccount struct {
	User  string `json:"user"`
	Used  int64  `json:"used_bytes"`
	Quota *int64 `json:"quota_bytes"`
}

// UserCommand makes marquee user.
func UserCommand(e *command.Env) *cobra.Command {
	return command.Group("user", "Manage how much users may store", userList(e), userQuota(e))
}

func userList(e *command.Env) *cobra.Command {
	return e.JSONCommand("list", "List how much every user has stored and may store", nil,
		func(ctx context.Context, d *database.DB) (any, error) {
			accounts, err := d.Accounts(ctx)
			shown := make([]shownAccount, len(accounts))
			for i, a := range accounts {
				shown[i] = shownAccount(a)
			}
			return shown, err
		})
}

func userQuota(e *command.Env) *cobra.Command {
	var user string
	var bytes int64
	var standard bool
	var cmd *cobra.Command
	check := func() error {
		if cmd.Flags().Changed("bytes") == standard {
			return errors.New("no quota is given, or two: give either --bytes or --default")
		}
		return nil
	}
	cmd = e.JSONCommand("quota", "Set how many bytes a user may store", check,
		func(ctx context.Context, d *database.DB) (any, error) {
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
	cmd.Flags().StringVar(&user, "user", "", "user of the quota (required); the user of an app itself is "+credential.AppUser("NAME"))
	setting.SizeVar(cmd.Flags(), &bytes, "bytes", 0, "bytes that the objects of the user may have; 0 is no limit")
	cmd.Flags().BoolVar(&standard, "default", false, "use the quota of --quota again")
	command.Require(cmd, "user")
	return cmd
}
