package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"marquee/storage"
	"marquee/storage/credential"
)

// keyPrefix begins consumer keys, for people.
const keyPrefix = "app_"

// appOwner, tokenOwner and requestOwner are whose a sealed secret is: it does
// not open as that of anything else.
func appOwner(consumerKey string) string      { return "app " + consumerKey }
func tokenOwner(oauthToken string) string     { return "token " + oauthToken }
func requestOwner(requestToken string) string { return "request token " + requestToken }

// seal encrypts a new secret, which it returns too.
func (s *Store) seal(owner string) (plain string, sealed []byte, err error) {
	if s.secrets == nil {
		return "", nil, errNoKey
	}
	plain = rand.Text()
	sealed, err = s.secrets.Seal(plain, owner)
	return plain, sealed, err
}

// unseal decrypts a secret; null is "".
func (s *Store) unseal(sealed []byte, owner string) (string, error) {
	switch {
	case sealed == nil:
		return "", nil
	case s.secrets == nil:
		return "", errNoKey
	}
	plain, err := s.secrets.Open(sealed, owner)
	if err != nil {
		return "", fmt.Errorf("decrypt the secret of %s: %w", owner, err)
	}
	return plain, nil
}

var errNoKey = errors.New("the store was opened without secret keys, which apps need")

// CreateApp makes an app that may sign requests. Its secret is returned once.
// Conflict when another app has the name.
func (s *Store) CreateApp(ctx context.Context, name string, role credential.Role) (*credential.AppSecrets, error) {
	if err := (credential.App{Name: name, Role: role}).Check(); err != nil {
		return nil, err
	}
	out := &credential.AppSecrets{Name: name, ConsumerKey: keyPrefix + rand.Text()}
	var sealed []byte
	var err error
	if out.ConsumerSecret, sealed, err = s.seal(appOwner(out.ConsumerKey)); err != nil {
		return nil, err
	}
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		if err := addUser(ctx, tx, credential.AppUser(name)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO apps (name, consumer_key, secret, role) VALUES ($1, $2, $3, $4)`, name, out.ConsumerKey, sealed, string(role))
		return err
	})
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.Code == uniqueViolation {
		return nil, storage.Errorf(storage.Conflict, "there is an app %s already: revoke it first, or choose another name", name)
	}
	if err != nil {
		return nil, fmt.Errorf("store the app %s: %w", name, err)
	}
	return out, nil
}

// addUser gives a user who has none an account.
func addUser(ctx context.Context, tx pgx.Tx, name string) error {
	_, err := tx.Exec(ctx, `INSERT INTO users (name) VALUES ($1) ON CONFLICT DO NOTHING`, name)
	return err
}

// Apps lists apps, also revoked ones, by name and age, and counts all.
func (s *Store) Apps(ctx context.Context, part credential.Slice) (apps []credential.App, total int, err error) {
	apps, total, err = slice[credential.App](ctx, s, part, `SELECT count(*) FROM apps`,
		`SELECT name, consumer_key, role, created, revoked FROM apps ORDER BY name, id`)
	if err != nil {
		return nil, 0, fmt.Errorf("list apps: %w", err)
	}
	return apps, total, nil
}

// slice reads a part of a list, and counts all of it. Other arguments are $1 and
// following of the count, and $3 and following of the list.
func slice[T any](ctx context.Context, s *Store, part credential.Slice, count, list string, args ...any) (items []T, total int, err error) {
	if err := s.pool.QueryRow(ctx, count, args...).Scan(&total); err != nil {
		return nil, 0, translate(err)
	}
	rows, err := s.pool.Query(ctx, list+` OFFSET $1::bigint LIMIT nullif($2::bigint, 0)`, append([]any{part.Offset, part.Limit}, args...)...)
	if err != nil {
		return nil, 0, translate(err)
	}
	if items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T]); err != nil {
		return nil, 0, translate(err)
	}
	return items, total, nil
}

// RevokeApp ends an app, by its name or consumer key, and with it every token
// that it has. NotFound when there is none that works.
func (s *Store) RevokeApp(ctx context.Context, nameOrKey string) error {
	tag, err := s.pool.Exec(ctx, `UPDATE apps SET revoked = now() WHERE `+oneApp, nameOrKey)
	if err != nil {
		return fmt.Errorf("revoke the app %s: %w", nameOrKey, translate(err))
	}
	if tag.RowsAffected() == 0 {
		return noApp(nameOrKey)
	}
	return nil
}

// RotateApp gives an app another secret, which is returned once; the old one
// ends at once. NotFound when there is no such app.
func (s *Store) RotateApp(ctx context.Context, nameOrKey string) (*credential.AppSecrets, error) {
	out := &credential.AppSecrets{}
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		var id int64
		err := tx.QueryRow(ctx, `SELECT id, name, consumer_key FROM apps WHERE `+oneApp+` FOR UPDATE`, nameOrKey).Scan(&id, &out.Name, &out.ConsumerKey)
		if err != nil {
			return err
		}
		var sealed []byte
		if out.ConsumerSecret, sealed, err = s.seal(appOwner(out.ConsumerKey)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE apps SET secret = $2 WHERE id = $1`, id, sealed)
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

// oneApp is the app that $1 names. A name that is another app's key means that
// app: keys are unique, and nobody chooses them.
const oneApp = `id = (SELECT id FROM apps WHERE (consumer_key = $1 OR name = $1) AND revoked IS NULL ORDER BY consumer_key <> $1 LIMIT 1)`

func noApp(nameOrKey string) error {
	return storage.Errorf(storage.NotFound, "there is no app %s that works", storage.Excerpt(nameOrKey))
}
