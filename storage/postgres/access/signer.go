package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage/credential"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/sealed"
)

// Signer returns the secrets and the user of a signed request, in one statement.
// token is "" for a request without one; otherwise it must belong to the app.
// Secrets of unknown credentials are empty, which is no error.
func (c *Credentials) Signer(ctx context.Context, consumerKey, token string) (*credential.Signer, error) {
	var app string
	var most credential.Role
	var appSecret, tokenSecret []byte
	var user, role pgtype.Text
	out := &credential.Signer{}
	err := c.pool.QueryRow(ctx, `SELECT a.name, a.role, a.secret, t.user_name, t.role, t.secret, t.revoked IS NOT NULL
		FROM apps a LEFT JOIN tokens t ON t.app_id = a.id AND t.oauth_token = $2 AND (t.expires IS NULL OR t.expires > now())
		WHERE a.consumer_key = $1 AND a.revoked IS NULL`, consumerKey, token).Scan(&app, &most, &appSecret, &user, &role, &tokenSecret, &out.Revoked)
	if errors.Is(err, pgx.ErrNoRows) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look an app up: %w", pool.Translate(err))
	}
	if out.ConsumerSecret, err = c.secrets.Open(appSecret, sealed.App(consumerKey)); err != nil {
		return nil, err
	}
	if out.TokenSecret, err = c.secrets.Open(tokenSecret, sealed.Token(token)); err != nil {
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
