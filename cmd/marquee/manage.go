package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"marquee/storage"
	"marquee/storage/postgres"
)

func (p *program) migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to what this program needs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			url := p.database.URL
			if url == "" { // opening a private catalogue migrates it
				d, err := p.database.open(cmd.Context(), p.logger, true)
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, d.Close()) }()
				url = d.url
			}
			applied, err := postgres.Migrate(cmd.Context(), url)
			for _, name := range applied {
				fmt.Fprintln(p.stdout, "Applied", name)
			}
			if err == nil {
				fmt.Fprintln(p.stdout, "The schema is up to date.")
			}
			return err
		},
	}
}

func (p *program) tokenCommand() *cobra.Command {
	var user, role string
	create := &cobra.Command{
		Use:   "create",
		Short: "Create a bearer token for a user; it is shown once",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			u := storage.User{Name: user, Role: storage.Role(role)}
			if err := u.Check(); err != nil { // before a database is started for it
				return err
			}
			d, err := p.database.open(cmd.Context(), p.logger, true)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			token, err := d.CreateToken(cmd.Context(), u)
			if err != nil {
				return err
			}
			return json.NewEncoder(p.stdout).Encode(map[string]string{"token": token})
		},
	}
	create.Flags().StringVar(&user, "user", "", "who the token stands for (required)")
	create.Flags().StringVar(&role, "role", string(storage.Editor), "what the user may do: editor, admin")
	_ = create.MarkFlagRequired("user") // the flag exists
	token := &cobra.Command{Use: "token", Short: "Manage who may write", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	token.AddCommand(create)
	return token
}
