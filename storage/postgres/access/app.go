package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/sealed"
)

// keyPrefix starts consumer keys, so that people recognize them.
const keyPrefix = "app_"

// oneApp selects the app that $1 names. A name that is another app's key stands for
// that app: keys are unique, and nobody chooses them.
const oneApp = `id = (SELECT id FROM apps WHERE (consumer_key = $1 OR name = $1) AND revoked IS NULL ORDER BY consumer_key <> $1 LIMIT 1)`

// CreateApp makes an app that may sign requests. Its secret is returned only here.
// Conflict if another app has the name.
func (c *Credentials) CreateApp(ctx context.Context, name string, role credential.Role) (*credential.AppSecrets, error) {
	if err := (credential.App{Name: name, Role: role}).Check(); err != nil {
		return nil, err
	}
	out := &credential.AppSecrets{Name: name, ConsumerKey: keyPrefix + rand.Text()}
	var secret []byte
	var err error
	if out.ConsumerSecret, secret, err = c.secrets.New(sealed.App(out.ConsumerKey)); err != nil {
		return nil, err
	}
	err = c.pool.Transaction(ctx, func(tx pgx.Tx) error {
		if err := addUser(ctx, tx, credential.AppUser(name)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO apps (name, consumer_key, secret, role) VALUES ($1, $2, $3, $4)`, name, out.ConsumerKey, secret, string(role))
		return err
	})
	if _, taken := pool.UniqueViolation(err); taken {
		return nil, storage.Errorf(storage.Conflict, "there is an app %s already: revoke it first, or choose another name", name)
	}
	if err != nil {
		return nil, fmt.Errorf("store the app %s: %w", name, err)
	}
	return out, nil
}

// Apps returns a part of all apps, including revoked ones, by name and age, and
// their total.
func (c *Credentials) Apps(ctx context.Context, part credential.Slice) (apps []credential.App, total int, err error) {
	apps, total, err = slice[credential.App](ctx, c.pool, part, `SELECT count(*) FROM apps`,
		`SELECT name, consumer_key, role, created, revoked FROM apps ORDER BY name, id`)
	if err != nil {
		return nil, 0, fmt.Errorf("list apps: %w", err)
	}
	return apps, total, nil
}

// RevokeApp revokes an app, by its name or consumer key, and with it all its tokens.
// NotFound if there is no such app that works.
func (c *Credentials) RevokeApp(ctx context.Context, nameOrKey string) error {
	tag, err := c.pool.Exec(ctx, `UPDATE apps SET revoked = now() WHERE `+oneApp, nameOrKey)
	if err != nil {
		return fmt.Errorf("revoke the app %s: %w", nameOrKey, pool.Translate(err))
	}
	if tag.RowsAffected() == 0 {
		return noApp(nameOrKey)
	}
	return nil
}

// RotateApp gives an app another secret, which is returned only here. The old one
// stops working at once. NotFound if there is no such app.
func (c *Credentials) RotateApp(ctx context.Context, nameOrKey string) (*credential.AppSecrets, error) {
	out := &credential.AppSecrets{}
	err := c.pool.Transaction(ctx, func(tx pgx.Tx) error {
		var id int64
		err := tx.QueryRow(ctx, `SELECT id, name, consumer_key FROM apps WHERE `+oneApp+` FOR UPDATE`, nameOrKey).Scan(&id, &out.Name, &out.ConsumerKey)
		if err != nil {
			return err
		}
		var secret []byte
		if out.ConsumerSecret, secret, err = c.secrets.New(sealed.App(out.ConsumerKey)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE apps SET secret = $2 WHERE id = $1`, id, secret)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, noApp(nameOrKey)
	}
	if err != nil {
		return nil, fmt.Errorf("rotate the secret of the app %s: %w", nameOrKey, err)
	}
	return out, nil
}

func noApp(nameOrKey string) error {
	return storage.Errorf(storage.NotFound, "there is no app %s that works", storage.Excerpt(nameOrKey))
}
