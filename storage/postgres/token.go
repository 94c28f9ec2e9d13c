package postgres

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
)

const (
	// tokenPrefix marks a bearer token for people and for scanners that look for
	// secrets in published code.
	tokenPrefix = "mq_"
	// shownPrefix is how much of a bearer token is kept for people, in bytes: the
	// mark and 4 of its 26 letters, so that 110 of its 130 random bits stay secret.
	shownPrefix = len(tokenPrefix) + 4
)

// CreateToken makes a bearer token for a user. It is returned once and kept as
// a hash only.
func (s *Store) CreateToken(ctx context.Context, u credential.User) (string, error) {
	out, err := s.IssueToken(ctx, u, nil)
	if err != nil {
		return "", err
	}
	return out.Bearer, nil
}

// IssueToken makes a token for a user, which ends at a time when one is given:
// a bearer token, and when the user names an app, an OAuth token for that app
// beside it. What it is used with is returned once. NotFound when there is no
// such app.
func (s *Store) IssueToken(ctx context.Context, u credential.User, expires *time.Time) (*credential.TokenSecrets, error) {
	if err := u.Check(); err != nil {
		return nil, err
	}
	if expires != nil && !expires.After(s.now()) {
		return nil, storage.Errorf(storage.Invalid, "a token cannot end before it begins")
	}
	out := &credential.TokenSecrets{}
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		var app pgtype.Int8
		if u.App != "" {
			err := tx.QueryRow(ctx, `SELECT id FROM apps WHERE `+oneApp+` FOR KEY SHARE`, u.App).Scan(&app)
			if errors.Is(err, pgx.ErrNoRows) {
				return noApp(u.App)
			}
			if err != nil {
				return err
			}
		}
		sealed, hash, err := s.secretsOf(out, true, app.Valid)
		if err != nil {
			return err
		}
		if err := addUser(ctx, tx, u.Name); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `INSERT INTO tokens (user_name, role, app_id, hash, prefix, oauth_token, secret, expires)
			VALUES ($1, $2, $3, $4, $5, nullif($6, ''), $7, $8) RETURNING id`,
			u.Name, string(u.Role), app, hash, out.Bearer[:shownPrefix], out.OAuthToken, sealed, expires).Scan(&out.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("store the token of %s: %w", u.Name, err)
	}
	return out, nil
}

// secretsOf makes what a token is used with, and what of it is stored.
func (s *Store) secretsOf(out *credential.TokenSecrets, bearer, oauth bool) (sealed, hash []byte, err error) {
	if bearer {
		out.Bearer = tokenPrefix + rand.Text()
		sum := sha256.Sum256([]byte(out.Bearer))
		hash = sum[:]
	}
	if oauth {
		out.OAuthToken = rand.Text()
		out.OAuthTokenSecret, sealed, err = s.seal(tokenOwner(out.OAuthToken))
	}
	return sealed, hash, err
}

const (
	// issued are the tokens t, with the apps o that they belong to, and works is
	// whether one can be used.
	issued = `FROM tokens t LEFT JOIN apps o ON o.id = t.app_id `
	works  = `t.revoked IS NULL AND o.revoked IS NULL AND (t.expires IS NULL OR t.expires > now())`
	// working are the tokens that can be used.
	working = issued + `WHERE ` + works
)

// Authenticate finds the user that a bearer token stands for; NotFound when
// there is none, or when the token or its app was revoked, or the token has
// expired. The lookup is by hash, so its time tells nothing about tokens.
func (s *Store) Authenticate(ctx context.Context, token string) (*credential.User, error) {
	hash := sha256.Sum256([]byte(token))
	u := credential.User{Scheme: credential.Bearer}
	var most credential.Role
	var usable bool
	err := s.pool.QueryRow(ctx, `SELECT t.user_name, t.role, coalesce(o.name, ''), coalesce(o.role, 'admin'), `+works+` `+issued+`WHERE t.hash = $1`,
		hash[:]).Scan(&u.Name, &u.Role, &u.App, &most, &usable)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, storage.Errorf(storage.NotFound, "the token is not known")
	case err != nil:
		return nil, fmt.Errorf("look a token up: %w", translate(err))
	case !usable:
		return nil, storage.Errorf(storage.NotFound, "the token was revoked, or has expired")
	}
	u.Role = u.Role.Lesser(most)
	return &u, nil
}

// HasTokens reports whether anybody was ever given access.
func (s *Store) HasTokens(ctx context.Context) (bool, error) {
	var has bool
	err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tokens)`).Scan(&has)
	return has, translate(err)
}

// Tokens lists the tokens of a user, "" for everybody's, also those that have
// ended, by id, and counts all.
func (s *Store) Tokens(ctx context.Context, user string, part credential.Slice) (tokens []credential.Token, total int, err error) {
	tokens, total, err = slice[credential.Token](ctx, s, part, `SELECT count(*) FROM tokens WHERE $1 IN ('', user_name)`,
		`SELECT t.id, t.user_name, coalesce(a.name, ''), t.role, t.prefix, coalesce(t.oauth_token, ''), t.created, t.expires, t.revoked
		FROM tokens t LEFT JOIN apps a ON a.id = t.app_id WHERE $3 IN ('', t.user_name) ORDER BY t.id`, user)
	if err != nil {
		return nil, 0, fmt.Errorf("list tokens: %w", err)
	}
	return tokens, total, nil
}

// RevokeToken ends a token of a user, "" for anybody's. NotFound when there is
// none that works.
func (s *Store) RevokeToken(ctx context.Context, user string, id int64) error {
	tag, err := s.pool.Exec(ctx, `UPDATE tokens SET revoked = now() WHERE id = $1 AND revoked IS NULL AND $2 IN ('', user_name)`, id, user)
	if err != nil {
		return fmt.Errorf("revoke the token %d: %w", id, translate(err))
	}
	if tag.RowsAffected() == 0 {
		return noToken(id)
	}
	return nil
}

// RotateToken makes everything anew that a token is used with, and returns it
// once; what it was used with before ends at once. NotFound when there is no
// such token that works.
func (s *Store) RotateToken(ctx context.Context, id int64) (*credential.TokenSecrets, error) {
	out := &credential.TokenSecrets{ID: id}
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		var bearer, oauth bool
		err := tx.QueryRow(ctx, `SELECT t.hash IS NOT NULL, t.oauth_token IS NOT NULL `+working+` AND t.id = $1 FOR UPDATE OF t`, id).Scan(&bearer, &oauth)
		if errors.Is(err, pgx.ErrNoRows) {
			return noToken(id)
		}
		if err != nil {
			return err
		}
		sealed, hash, err := s.secretsOf(out, bearer, oauth)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE tokens SET hash = $2, prefix = $3, oauth_token = nullif($4, ''), secret = $5 WHERE id = $1`,
			id, hash, out.Bearer[:min(shownPrefix, len(out.Bearer))], out.OAuthToken, sealed)
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
