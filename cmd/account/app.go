// Package account has the commands for apps, tokens, users and secret keys.
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

// ShownApp is an app in the output of marquee app list.
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
	cmd.Flags().StringVar(&name, "name", "", "name of the app (required)")
	cmd.Flags().StringVar(&role, "role", string(credential.Editor), "the most that the app may do, for any user: editor, admin")
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
	var app appFlags
	cmd := e.JSONCommand("revoke", "Revoke an app and all its tokens", app.check,
		func(ctx context.Context, d *database.DB) (any, error) {
			return map[string]string{"revoked": app.name()}, d.RevokeApp(ctx, app.name())
		})
	app.flags(cmd)
	return cmd
}

func appRotate(e *command.Env) *cobra.Command {
	var app appFlags
	cmd := e.JSONCommand("rotate", "Replace the secret of an app; the new one is shown once", app.check,
		func(ctx context.Context, d *database.DB) (any, error) { return d.RotateApp(ctx, app.name()) })
	app.flags(cmd)
	return cmd
}

// appFlags are the flags that name an app.
type appFlags struct{ byName, byKey string }

func (a *appFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.byName, "name", "", "name of the app")
	cmd.Flags().StringVar(&a.byKey, "key", "", "consumer key of the app, instead of its name")
}

func (a *appFlags) check() error {
	if (a.byName == "") == (a.byKey == "") {
		return errors.New("no app is named, or two: give either --name or --key")
	}
	return nil
}

// name returns the name or the key, whichever is given.
func (a *appFlags) name() string { return a.byName + a.byKey }
