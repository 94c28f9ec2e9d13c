package program

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"marquee/storage"
	"marquee/storage/credential"
)

// shownApp is an app as its list shows it.
type shownApp struct {
	Name        string          `json:"name"`
	ConsumerKey string          `json:"consumer_key"`
	Role        credential.Role `json:"role"`
	Created     string          `json:"created"`
	Revoked     *string         `json:"revoked"`
}

func (p *Program) appCommand() *cobra.Command {
	return group("app", "Manage the apps that may sign requests (OAuth 1.0a)",
		p.appCreate(), p.appList(), p.appRevoke(), p.appRotate())
}

func (p *Program) appCreate() *cobra.Command {
	var name, role string
	check := func() error { return credential.App{Name: name, Role: credential.Role(role)}.Check() }
	cmd := p.manage("create", "Create an app; its secret is shown once", check,
		func(ctx context.Context, d *database) (any, error) {
			return d.CreateApp(ctx, name, credential.Role(role))
		})
	cmd.Flags().StringVar(&name, "name", "", "what the app is called (required)")
	cmd.Flags().StringVar(&role, "role", string(credential.Editor), "the most that the app may do, whoever it acts for: editor, admin")
	require(cmd, "name")
	return cmd
}

func (p *Program) appList() *cobra.Command {
	var part credential.Slice
	cmd := p.manage("list", "List apps, without their secrets", checkSlice(&part),
		func(ctx context.Context, d *database) (any, error) {
			apps, _, err := d.Apps(ctx, part)
			shown := make([]shownApp, len(apps))
			for i, a := range apps {
				shown[i] = shownApp{a.Name, a.ConsumerKey, a.Role, storage.FormatTime(a.Created), formatTime(a.Revoked)}
			}
			return shown, err
		})
	sliceFlags(cmd, &part)
	return cmd
}

func (p *Program) appRevoke() *cobra.Command {
	var which appFlags
	cmd := p.manage("revoke", "End an app and all its tokens", which.check,
		func(ctx context.Context, d *database) (any, error) {
			return map[string]string{"revoked": which.app()}, d.RevokeApp(ctx, which.app())
		})
	which.flags(cmd)
	return cmd
}

func (p *Program) appRotate() *cobra.Command {
	var which appFlags
	cmd := p.manage("rotate", "Give an app another secret, which is shown once; the old one ends", which.check,
		func(ctx context.Context, d *database) (any, error) { return d.RotateApp(ctx, which.app()) })
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
