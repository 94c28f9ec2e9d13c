package account

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"marquee/cmd/command"
	"marquee/cmd/database"
	"marquee/storage"
	"marquee/storage/credential"
)

// ShownToken is a token in the output of marquee token list.
type ShownToken struct {
	ID         int64           `json:"id"`
	User       string          `json:"user"`
	App        string          `json:"app"`
	Role       credential.Role `json:"role"`
	Prefix     string          `json:"prefix"`
	OAuthToken string          `json:"oauth_token"`
	Created    string          `json:"created"`
	Expires    *string         `json:"expires"`
	Revoked    *string         `json:"revoked"`
}

// TokenCommand makes marquee token.
func TokenCommand(e *command.Env) *cobra.Command {
	return command.Group("token", "Manage tokens, with which users may write",
		tokenCreate(e), tokenList(e), tokenRevoke(e), tokenRotate(e))
}

func tokenCreate(e *command.Env) *cobra.Command {
	var u credential.User
	var life time.Duration
	check := func() error {
		if life < 0 {
			return errors.New("expires: must not be negative")
		}
		return u.Check()
	}
	cmd := e.JSONCommand("create", "Create a token for a user; it is shown once", check,
		func(ctx context.Context, d *database.DB) (any, error) {
			var expires *time.Time
			if life > 0 {
				end := time.Now().Add(life)
				expires = &end
			}
			return d.IssueToken(ctx, u, expires)
		})
	cmd.Flags().StringVar(&u.Name, "user", "", "user of the token (required)")
	cmd.Flags().StringVar(&u.App, "app", "", "app that may sign requests with the token; without an app the token is only a bearer token")
	cmd.Flags().StringVar((*string)(&u.Role), "role", string(credential.Editor), "what the user may do, within the role of the app: editor, admin")
	cmd.Flags().DurationVar(&life, "expires", 0, "how long the token is valid, such as 720h; 0 is until it is revoked")
	command.Require(cmd, "user")
	return cmd
}

func tokenList(e *command.Env) *cobra.Command {
	var part credential.Slice
	cmd := e.JSONCommand("list", "List tokens, without their secrets", checkSlice(&part),
		func(ctx context.Context, d *database.DB) (any, error) {
			tokens, _, err := d.Tokens(ctx, "", part)
			shown := make([]ShownToken, len(tokens))
			for i, t := range tokens {
				shown[i] = ShownToken{t.ID, t.User, t.App, t.Role, t.Prefix, t.OAuthToken,
					storage.FormatTime(t.Created), formatTime(t.Expires), formatTime(t.Revoked)}
			}
			return shown, err
		})
	sliceFlags(cmd, &part)
	return cmd
}

func tokenRevoke(e *command.Env) *cobra.Command {
	var id int64
	cmd := e.JSONCommand("revoke", "Revoke a token", nil,
		func(ctx context.Context, d *database.DB) (any, error) {
			return map[string]int64{"revoked": id}, d.RevokeToken(ctx, "", id)
		})
	cmd.Flags().Int64Var(&id, "id", 0, "id of the token, from marquee token list (required)")
	command.Require(cmd, "id")
	return cmd
}

func tokenRotate(e *command.Env) *cobra.Command {
	var id int64
	cmd := e.JSONCommand("rotate", "Replace a token; the new one is shown once", nil,
		func(ctx context.Context, d *database.DB) (any, error) { return d.RotateToken(ctx, id) })
	cmd.Flags().Int64Var(&id, "id", 0, "id of the token, from marquee token list (required)")
	command.Require(cmd, "id")
	return cmd
}

// formatTime formats a time; nil stays nil.
func formatTime(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := storage.FormatTime(*t)
	return &s
}
