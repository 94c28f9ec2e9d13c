package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/sealed"
)

// maxRequestTokens bounds the request tokens of one app, about half a megabyte. If
// users decide within half a minute, this allows 30 a second. Concurrent requests
// may exceed it by a few.
const maxRequestTokens = 1000

// alive are the request tokens r that have not expired, with their apps a that were
// not revoked.
const alive = `FROM request_tokens r JOIN apps a ON a.id = r.app_id AND a.revoked IS NULL WHERE r.token = $1 AND r.expires > now()`

var errNoRequest = storage.Errorf(storage.NotFound, "the request token is not known, was decided about, or has ended")

// CreateRequestToken makes temporary credentials for an app (RFC 5849, section
// 2.1), which end after life. NotFound if there is no such app, Unavailable if too
// many of its request tokens wait for a decision.
func (c *Credentials) CreateRequestToken(ctx context.Context, consumerKey, callback string, life time.Duration) (token, secret string, err error) {
	token = rand.Text()
	secret, stored, err := c.secrets.New(sealed.RequestToken(token))
	if err != nil {
		return "", "", err
	}
	var app, made int64
	err = c.pool.Transaction(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM request_tokens WHERE expires <= now()`); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `SELECT id FROM apps WHERE consumer_key = $1 AND revoked IS NULL`, consumerKey).Scan(&app)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO request_tokens (token, app_id, secret, callback, expires)
			SELECT $1, $2, $3, $4, now() + $5::interval WHERE (SELECT count(*) FROM request_tokens WHERE app_id = $2) < $6`,
			token, app, stored, callback, life, maxRequestTokens)
		made = tag.RowsAffected()
		return err
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", "", noApp(consumerKey)
	case err != nil:
		return "", "", fmt.Errorf("store a request token: %w", err)
	case made == 0:
		return "", "", storage.Errorf(storage.Unavailable, "%d request tokens of this app wait for their users, which is the limit; they end within %s", maxRequestTokens, life)
	}
	return token, secret, nil
}

// RequestTokenSecrets returns the secrets of an app and of a request token that was
// made for it and was neither exchanged nor has expired. Unknown secrets are "",
// which is no error.
func (c *Credentials) RequestTokenSecrets(ctx context.Context, consumerKey, token string) (consumerSecret, tokenSecret string, err error) {
	var app, request []byte
	err = c.pool.QueryRow(ctx, `SELECT a.secret, (SELECT r.secret FROM request_tokens r WHERE r.token = $2 AND r.app_id = a.id AND r.expires > now())
		FROM apps a WHERE a.consumer_key = $1 AND a.revoked IS NULL`, consumerKey, token).Scan(&app, &request)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("look a request token up: %w", pool.Translate(err))
	}
	if consumerSecret, err = c.secrets.Open(app, sealed.App(consumerKey)); err != nil {
		return "", "", err
	}
	tokenSecret, err = c.secrets.Open(request, sealed.RequestToken(token))
	return consumerSecret, tokenSecret, err
}

// RequestedAccess returns the app of a request token that waits for a decision, the
// app's role, and the callback. NotFound if the token is unknown, was decided or
// exchanged, or has expired. The same holds for ApproveRequestToken and
// DenyRequestToken.
func (c *Credentials) RequestedAccess(ctx context.Context, token string) (app string, role credential.Role, callback string, err error) {
	err = c.pool.QueryRow(ctx, `SELECT a.name, a.role, r.callback `+alive+` AND r.verifier_hash IS NULL`, token).Scan(&app, &role, &callback)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", "", errNoRequest
	}
	if err != nil {
		return "", "", "", fmt.Errorf("look a request token up: %w", pool.Translate(err))
	}
	return app, role, callback, nil
}

// ApproveRequestToken allows the app to exchange the request token for a token of
// the bearer token's user, with the lesser of both roles. It returns the verifier
// for the exchange. NotFound also if the bearer token does not work.
func (c *Credentials) ApproveRequestToken(ctx context.Context, token, bearer string) (verifier string, err error) {
	verifier = rand.Text()
	hash, shown := sha256.Sum256([]byte(verifier)), sha256.Sum256([]byte(bearer))
	err = c.decide(ctx, `UPDATE request_tokens SET verifier_hash = $2, approved_by = by.id, user_name = by.user_name, role = by.role
		FROM (SELECT t.id, t.user_name, CASE WHEN o.role = 'editor' THEN o.role ELSE t.role END AS role `+working+` AND t.hash = $3) by`,
		token, hash[:], shown[:])
	if err != nil {
		return "", err
	}
	return verifier, nil
}

// DenyRequestToken ends a request token.
func (c *Credentials) DenyRequestToken(ctx context.Context, token string) error {
	return c.decide(ctx, `DELETE FROM request_tokens`, token)
}

// decide runs a statement on a request token that waits for a decision.
func (c *Credentials) decide(ctx context.Context, statement, token string, args ...any) error {
	tag, err := c.pool.Exec(ctx, statement+` WHERE verifier_hash IS NULL AND token = (SELECT r.token `+alive+`)`, append([]any{token}, args...)...)
	if err != nil {
		return fmt.Errorf("decide about a request token: %w", pool.Translate(err))
	}
	if tag.RowsAffected() == 0 {
		return errNoRequest
	}
	return nil
}

// ExchangeRequestToken exchanges an approved request token for a token, which
// expires with the approving one. It succeeds once, even for concurrent calls: the
// transaction that makes the token deletes the request token. NotFound if the request
// token is unknown, not approved, approved with a token that no longer works, or of
// another app, or if the verifier is wrong.
func (c *Credentials) ExchangeRequestToken(ctx context.Context, consumerKey, token, verifier string) (accessToken, accessSecret string, err error) {
	hash := sha256.Sum256([]byte(verifier))
	out := &credential.TokenSecrets{}
	err = c.pool.Transaction(ctx, func(tx pgx.Tx) error {
		var app int64
		var user, role string
		var expires *time.Time
		err := tx.QueryRow(ctx, `DELETE FROM request_tokens USING (SELECT t.id, t.expires `+working+`) by
			WHERE approved_by = by.id AND token = (SELECT r.token `+alive+` AND a.consumer_key = $2) AND verifier_hash = $3
			RETURNING app_id, user_name, role, by.expires`, token, consumerKey, hash[:]).Scan(&app, &user, &role, &expires)
		if err != nil {
			return err
		}
		s, err := c.newSecrets(out, false, true)
		if err != nil {
			return err
		}
		if err := addUser(ctx, tx, user); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO tokens (user_name, role, app_id, oauth_token, secret, expires) VALUES ($1, $2, $3, $4, $5, $6)`,
			user, role, app, out.OAuthToken, s.sealed, expires)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", errNoRequest
	}
	if err != nil {
		return "", "", fmt.Errorf("exchange a request token: %w", err)
	}
	return out.OAuthToken, out.OAuthTokenSecret, nil
}
