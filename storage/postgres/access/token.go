package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/sealed"
)

const (
	// tokenPrefix starts bearer tokens, so that people recognize them, and so do
	// scanners for secrets in published code.
	tokenPrefix = "mq_"
	// shownPrefix is the part of a bearer token that is stored for people, in bytes:
	// the prefix and 4 of its 26 letters, so 110 of its 130 random bits stay secret.
	shownPrefix = len(tokenPrefix) + 4
)

const (
	// issued are the tokens t with their apps o. works is whether a token can be used.
	issued = `FROM tokens t LEFT JOIN apps o ON o.id = t.app_id `
	works  = `t.revoked IS NULL AND o.revoked IS NULL AND (t.expires IS NULL OR t.expires > now())`
	// working are the tokens that can be used.
	working = issued + `WHERE ` + works
)

// CreateToken makes a bearer token for a user. The token is returned only here;
// the database stores its hash.
func (c *Credentials) CreateToken(ctx context.Context, u credential.User) (string, error) {
	out, err := c.IssueToken(ctx, u, nil)
	if err != nil {
		return "", err
	}
	return out.Bearer, nil
}

// IssueToken makes a bearer token for a user and, if the user names an app, an OAuth
// token of that app. A non-nil expires ends both. They are returned only here.
// NotFound if there is no such app.
func (c *Credentials) IssueToken(ctx context.Context, u credential.User, expires *time.Time) (*credential.TokenSecrets, error) {
	if err := u.Check(); err != nil {
		return nil, err
	}
	if expires != nil && !expires.After(c.now()) {
		return nil, storage.Errorf(storage.Invalid, "a token cannot end before it begins")
	}
	out := &credential.TokenSecrets{}
	err := c.pool.Transaction(ctx, func(tx pgx.Tx) error {
		app, err := appOf(ctx, tx, u)
		if err != nil {
			return err
		}
		s, err := c.newSecrets(out, true, app.Valid)
		if err != nil {
			return err
		}
		if err := addUser(ctx, tx, u.Name); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `INSERT INTO tokens (user_name, role, app_id, hash, prefix, oauth_token, secret, expires)
			VALUES ($1, $2, $3, $4, $5, nullif($6, ''), $7, $8) RETURNING id`,
			u.Name, string(u.Role), app, s.hash, s.prefix, out.OAuthToken, s.sealed, expires).Scan(&out.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("store the token of %s: %w", u.Name, err)
	}
	return out, nil
}

// appOf returns the id of the app that a user names, null without one.
func appOf(ctx context.Context, tx pgx.Tx, u credential.User) (app pgtype.Int8, err error) {
	if u.App == "" {
		return app, nil
	}
	err = tx.QueryRow(ctx, `SELECT id FROM apps WHERE `+oneApp+` FOR KEY SHARE`, u.App).Scan(&app)
	if errors.Is(err, pgx.ErrNoRows) {
		return app, noApp(u.App)
	}
	return app, err
}

// storedSecrets is the stored form of a token's secrets.
type storedSecrets struct {
	hash   []byte // of the bearer token
	prefix string // of the bearer token
	sealed []byte // the secret of the OAuth token
}

// newSecrets makes a bearer token, an OAuth token, or both.
func (c *Credentials) newSecrets(out *credential.TokenSecrets, bearer, oauth bool) (s storedSecrets, err error) {
	if bearer {
		out.Bearer = tokenPrefix + rand.Text()
		sum := sha256.Sum256([]byte(out.Bearer))
		s.hash, s.prefix = sum[:], out.Bearer[:shownPrefix]
	}
	if oauth {
		out.OAuthToken = rand.Text()
		out.OAuthTokenSecret, s.sealed, err = c.secrets.New(sealed.Token(out.OAuthToken))
	}
	return s, err
}

// Authenticate returns the user of a bearer token. NotFound if there is no such
// token, if it or its app was revoked, or if it has expired. The lookup is by hash,
// so its duration reveals nothing about tokens.
func (c *Credentials) Authenticate(ctx context.Context, token string) (*credential.User, error) {
	hash := sha256.Sum256([]byte(token))
	u := credential.User{Scheme: credential.Bearer}
	var most credential.Role
	var usable bool
	err := c.pool.QueryRow(ctx, `SELECT t.user_name, t.role, coalesce(o.name, ''), coalesce(o.role, 'admin'), `+works+` `+issued+`WHERE t.hash = $1`,
		hash[:]).Scan(&u.Name, &u.Role, &u.App, &most, &usable)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, storage.Errorf(storage.NotFound, "the token is not known")
	case err != nil:
		return nil, fmt.Errorf("look a token up: %w", pool.Translate(err))
	case !usable:
		return nil, storage.Errorf(storage.NotFound, "the token was revoked, or has expired")
	}
	u.Role = u.Role.Lesser(most)
	return &u, nil
}

// HasTokens reports whether any token was ever issued.
func (c *Credentials) HasTokens(ctx context.Context) (bool, error) {
	var has bool
	err := c.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tokens)`).Scan(&has)
	return has, pool.Translate(err)
}

// Tokens returns a part of the tokens of a user, or of all users for "", by id, and
// their total. It includes revoked and expired tokens.
func (c *Credentials) Tokens(ctx context.Context, user string, part credential.Slice) (tokens []credential.Token, total int, err error) {
	tokens, total, err = slice[credential.Token](ctx, c.pool, part, `SELECT count(*) FROM tokens WHERE $1 IN ('', user_name)`,
		`SELECT t.id, t.user_name, coalesce(a.name, ''), t.role, t.prefix, coalesce(t.oauth_token, ''), t.created, t.expires, t.revoked
		FROM tokens t LEFT JOIN apps a ON a.id = t.app_id WHERE $3 IN ('', t.user_name) ORDER BY t.id`, user)
	if err != nil {
		return nil, 0, fmt.Errorf("list tokens: %w", err)
	}
	return tokens, total, nil
}

// RevokeToken revokes a token of a user, or of any user for "". NotFound if there is
// no such token that works.
func (c *Credentials) RevokeToken(ctx context.Context, user string, id int64) error {
	tag, err := c.pool.Exec(ctx, `UPDATE tokens SET revoked = now() WHERE id = $1 AND revoked IS NULL AND $2 IN ('', user_name)`, id, user)
	if err != nil {
		return fmt.Errorf("revoke the token %d: %w", id, pool.Translate(err))
	}
	if tag.RowsAffected() == 0 {
		return noToken(id)
	}
	return nil
}

// RotateToken replaces all secrets of a token, and returns the new ones only here.
// The old ones stop working at once. NotFound if there is no such token that works.
func (c *Credentials) RotateToken(ctx context.Context, id int64) (*credential.TokenSecrets, error) {
	out := &credential.TokenSecrets{ID: id}
	err := c.pool.Transaction(ctx, func(tx pgx.Tx) error {
		var bearer, oauth bool
		err := tx.QueryRow(ctx, `SELECT t.hash IS NOT NULL, t.oauth_token IS NOT NULL `+working+` AND t.id = $1 FOR UPDATE OF t`, id).Scan(&bearer, &oauth)
		if errors.Is(err, pgx.ErrNoRows) {
			return noToken(id)
		}
		if err != nil {
			return err
		}
		s, err := c.newSecrets(out, bearer, oauth)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE tokens SET hash = $2, prefix = $3, oauth_token = nullif($4, ''), secret = $5 WHERE id = $1`,
			id, s.hash, s.prefix, out.OAuthToken, s.sealed)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("rotate the token %d: %w", id, err)
	}
	return out, nil
}

func noToken(id int64) error {
	return storage.Errorf(storage.NotFound, "there is no token %d that works", id)
}
