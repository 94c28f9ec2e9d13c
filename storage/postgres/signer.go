package postgres

import (
	"context"
	"errors"
	"fmt"

	"marquee/storage/credential"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Signer finds what a signed request is checked with, in one statement. The
// token, "" for a request without one, has to be the app's own. What is unknown
// is empty, not an error.
func (s *Store) Signer(ctx context.Context, consumerKey, token string) (*credential.Signer, error) {
	var app string
	var most credential.Role
	var appSecret, tokenSecret []byte
	var user, role pgtype.Text
	out := &credential.Signer{}
	err := s.pool.QueryRow(ctx, `SELECT a.name, a.role, a.secret, t.user_name, t.role, t.secret, t.revoked IS NOT NULL
		FROM apps a LEFT JOIN tokens t ON t.app_id = a.id AND t.oauth_token = $2 AND (t.expires IS NULL OR t.expires > now())
		WHERE a.consumer_key = $1 AND a.revoked IS NULL`, consumerKey, token).Scan(&app, &most, &appSecret, &user, &role, &tokenSecret, &out.Revoked)
	if errors.Is(err, pgx.ErrNoRows) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look an app up: %w", translate(err))
	}
	if out.ConsumerSecret, err = s.unseal(appSecret, appOwner(consumerKey)); err != nil {
		return nil, err
	}
	if out.TokenSecret, err = s.unseal(tokenSecret, tokenOwner(token)); err != nil {
		return nil, err
	}
	switch {
	case user.Valid:
		out.User = &credential.User{Name: user.String, Role: credential.Role(role.String).Lesser(most), App: app, Scheme: credential.OAuth}
	case token == "":
		out.User = &credential.User{Name: credential.AppUser(app), Role: most, App: app, Scheme: credential.OAuth}
	}
	return out, nil
}

// sealedColumns are where sealed secrets are, and whose each is.
var sealedColumns = []struct {
	table, owner string
	name         func(string) string
}{
	{"apps", "consumer_key", appOwner},
	{"tokens", "oauth_token", tokenOwner},
	{"request_tokens", "token", requestOwner},
}

// CheckSecrets opens one secret of each kind, so that a program with the wrong
// keys learns it when it starts.
func (s *Store) CheckSecrets(ctx context.Context) error {
	for _, c := range sealedColumns {
		var owner string
		var sealed []byte
		err := s.pool.QueryRow(ctx, `SELECT `+c.owner+`, secret FROM `+c.table+` WHERE secret IS NOT NULL ORDER BY 1 LIMIT 1`).Scan(&owner, &sealed)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read a secret: %w", translate(err))
		}
		if _, err := s.unseal(sealed, c.name(owner)); err != nil {
			return err
		}
	}
	return nil
}

// RotateSecrets encrypts every secret with the newest key, and returns how many
// had another. Where the keys are in a file, it makes a new one first. Other
// processes go on meanwhile.
func (s *Store) RotateSecrets(ctx context.Context) (int, error) {
	if s.secrets == nil {
		return 0, errNoKey
	}
	n := 0
	err := s.Lead(ctx, "secrets", func(ctx context.Context) error {
		if err := s.secrets.Renew(); err != nil {
			return err
		}
		return s.inTransaction(ctx, func(tx pgx.Tx) error {
			for _, c := range sealedColumns {
				sealed, err := s.reseal(ctx, tx, c.table, c.owner, c.name)
				if n += sealed; err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return 0, fmt.Errorf("encrypt secrets with another key: %w", err)
	}
	return n, nil
}

// reseal encrypts the secrets of one table anew.
func (s *Store) reseal(ctx context.Context, tx pgx.Tx, table, column string, name func(string) string) (int, error) {
	rows, err := tx.Query(ctx, `SELECT `+column+`, secret FROM `+table+` WHERE secret IS NOT NULL FOR UPDATE`)
	if err != nil {
		return 0, err
	}
	var batch pgx.Batch
	var owner string
	var sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&owner, &sealed}, func() error {
		if newest, err := s.secrets.Newest(sealed); newest || err != nil {
			return err
		}
		plain, err := s.unseal(sealed, name(owner))
		if err != nil {
			return err
		}
		if sealed, err = s.secrets.Seal(plain, name(owner)); err != nil {
			return err
		}
		batch.Queue(`UPDATE `+table+` SET secret = $2 WHERE `+column+` = $1`, owner, sealed)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return batch.Len(), tx.SendBatch(ctx, &batch).Close()
}
