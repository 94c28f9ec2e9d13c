// Package account has the commands that manage apps, tokens, users and secret keys.
package account

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"marquee/cmd/command"
	"marquee/cmd/database"
	"marquee/storage"
	"marquee/storage/credential"
)

// ShownApp is an app as its list shows it.
type ShownApp struct {
	Name        string          `json:"name"`
	ConsumerKey string          `json:"consumer_key"`
	Role        credential.Role `json:"role"`
	Created     string          `json:"created"`
	Revoked     *string         `json:"revoked"`
}

// AppCommand makes marquee app.
func AppCommand(e *command.Env) *cobra.Command {
	return command.Group("app", "Manage the apps that may sign requests (OAuth 1.0a)",
		appCreate(e), appList(e), appRevoke(e), appRotate(e))
}

func appCreate(e *command.Env) *cobra.Command {
	var name, role string
	check := func() error { return credential.App{Name: name, Role: credential.Role(role)}.Check() }
	cmd := e.JSONCommand("create", "Create an app; its secret is shown once", check,
		func(ctx context.Context, d *database.DB) (any, error) {
			return d.CreateApp(ctx, name, credential.Role(role))
		})
	cmd.Flags().StringVar(&name, "name", "", "what the app is called (required)")
	cmd.Flags().StringVar(&role, "role", string(credential.Editor), "the most that the app may do, whoever it acts for: editor, admin")
	command.Require(cmd, "name")
	return cmd
}

func appList(e *command.Env) *cobra.Command {
	var part credential.Slice
	cmd := e.JSONCommand("list", "List apps, without their secrets", checkSlice(&part),
		func(ctx context.Context, d *database.DB) (any, error) {
			apps, _, err := d.Apps(ctx, part)
			shown := make([]ShownApp, len(apps))
			for i, a := range apps {
				shown[i] = ShownApp{a.Name, a.ConsumerKey, a.Role, storage.FormatTime(a.Created), formatTime(a.Revoked)}
			}
			return shown, err
		})
	sliceFlags(cmd, &part)
	return cmd
}

func appRevoke(e *command.Env) *cobra.Command {
	var which appFlags
	cmd := e.JSONCommand("revoke", "End an app and all its tokens", which.check,
		func(ctx context.Context, d *database.DB) (any, error) {
			return map[string]string{"revoked": which.app()}, d.RevokeApp(ctx, which.app())
		})
	which.flags(cmd)
	return cmd
}

func appRotate(e *command.Env) *cobra.Command {
	var which appFlags
	cmd := e.JSONCommand("rotate", "Give an app another secret, which is shown once; the old one ends", which.check,
		func(ctx context.Context, d *database.DB) (any, error) { return d.RotateApp(ctx, which.app()) })
	which.flags(cmd)
	return cmd
}

// appFlags say which app is meant.
type appFlags struct{ name, key string }

func (a *appFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.name, "name", "", "the app's name")
	cmd.Flags().StringVar(&a.key, "key", "", "the app's consumer key, instead of its name")
}

func (a *appFlags) check() error {
	if (a.name == "") == (a.key == "") {
		return errors.New("say which app: give either --name or --key")
	}
	return nil
}

func (a *appFlags) app() string { return a.name + a.key }
