package postgres

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
)

// maxRequestTokens is how many request tokens of one app are kept at a time, about
// half a megabyte: of users that decide within half a minute, 30 a second. Some
// more are made when they are asked for at the same instant.
const maxRequestTokens = 1000

// CreateRequestToken makes temporary credentials for an app (RFC 5849, section
// 2.1), which end after life. NotFound when there is no such app, Unavailable when
// too many of its request tokens wait for their users.
func (s *Store) CreateRequestToken(ctx context.Context, consumerKey, callback string, life time.Duration) (token, secret string, err error) {
	token = rand.Text()
	secret, sealed, err := s.seal(requestOwner(token))
	if err != nil {
		return "", "", err
	}
	var app, made int64
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM request_tokens WHERE expires <= now()`); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `SELECT id FROM apps WHERE consumer_key = $1 AND revoked IS NULL`, consumerKey).Scan(&app)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO request_tokens (token, app_id, secret, callback, expires)
			SELECT $1, $2, $3, $4, now() + $5::interval WHERE (SELECT count(*) FROM request_tokens WHERE app_id = $2) < $6`,
			token, app, sealed, callback, life, maxRequestTokens)
		made = tag.RowsAffected()
		return err
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", "", noApp(consumerKey)
	case err != nil:
		return "", "", fmt.Errorf("store a request token: %w", err)
	case made == 0:
		return "", "", storage.Errorf(storage.Unavailable, "%d request tokens of this app wait for their users, which is all that may; they end within %s", maxRequestTokens, life)
	}
	return token, secret, nil
}

// alive are the request tokens r of apps a that neither has ended.
const alive = `FROM request_tokens r JOIN apps a ON a.id = r.app_id AND a.revoked IS NULL WHERE r.token = $1 AND r.expires > now()`

// RequestTokenSecrets finds the secrets of an app and of a request token that
// was made for it and is neither exchanged nor at its end. What is unknown is "",
// not an error.
func (s *Store) RequestTokenSecrets(ctx context.Context, consumerKey, token string) (consumerSecret, tokenSecret string, err error) {
	var app, request []byte
	err = s.pool.QueryRow(ctx, `SELECT a.secret, (SELECT r.secret FROM request_tokens r WHERE r.token = $2 AND r.app_id = a.id AND r.expires > now())
		FROM apps a WHERE a.consumer_key = $1 AND a.revoked IS NULL`, consumerKey, token).Scan(&app, &request)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("look a request token up: %w", translate(err))
	}
	if consumerSecret, err = s.unseal(app, appOwner(consumerKey)); err != nil {
		return "", "", err
	}
	tokenSecret, err = s.unseal(request, requestOwner(token))
	return consumerSecret, tokenSecret, err
}

// RequestedAccess says which app waits for a decision about a request token,
// what it may do at most, and its callback. NotFound when the token is unknown,
// decided about, exchanged or at its end; so in the next two.
func (s *Store) RequestedAccess(ctx context.Context, token string) (app string, role credential.Role, callback string, err error) {
	err = s.pool.QueryRow(ctx, `SELECT a.name, a.role, r.callback `+alive+` AND r.verifier_hash IS NULL`, token).Scan(&app, &role, &callback)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", "", errNoRequest
	}
	if err != nil {
		return "", "", "", fmt.Errorf("look a request token up: %w", translate(err))
	}
	return app, role, callback, nil
}

// ApproveRequestToken lets the app have a token that acts for the user of a bearer
// token, in its role, and returns the verifier that it needs for that. NotFound
// also when the bearer token does not work.
func (s *Store) ApproveRequestToken(ctx context.Context, token, bearer string) (verifier string, err error) {
	verifier = rand.Text()
	hash, shown := sha256.Sum256([]byte(verifier)), sha256.Sum256([]byte(bearer))
	err = s.decide(ctx, `UPDATE request_tokens SET verifier_hash = $2, approved_by = by.id, user_name = by.user_name, role = by.role
		FROM (SELECT t.id, t.user_name, CASE WHEN o.role = 'editor' THEN o.role ELSE t.role END AS role `+working+` AND t.hash = $3) by`,
		token, hash[:], shown[:])
	if err != nil {
		return "", err
	}
	return verifier, nil
}

// DenyRequestToken ends the request token.
func (s *Store) DenyRequestToken(ctx context.Context, token string) error {
	return s.decide(ctx, `DELETE FROM request_tokens`, token)
}

// decide runs a statement on a request token that waits for a decision.
func (s *Store) decide(ctx context.Context, statement, token string, args ...any) error {
	tag, err := s.pool.Exec(ctx, statement+` WHERE verifier_hash IS NULL AND token = (SELECT r.token `+alive+`)`, append([]any{token}, args...)...)
	if err != nil {
		return fmt.Errorf("decide about a request token: %w", translate(err))
	}
	if tag.RowsAffected() == 0 {
		return errNoRequest
	}
	return nil
}

var errNoRequest = storage.Errorf(storage.NotFound, "the request token is not known, was decided about, or has ended")

// ExchangeRequestToken turns an approved request token into a token, once, also
// when it is asked twice at once: the row is deleted in the transaction that
// makes the token. It ends when the one does that approved it. NotFound when the
// request token is not there, not approved, approved by what does not work any
// more, not this app's, or the verifier is another.
func (s *Store) ExchangeRequestToken(ctx context.Context, consumerKey, token, verifier string) (accessToken, accessSecret string, err error) {
	hash := sha256.Sum256([]byte(verifier))
	out := &credential.TokenSecrets{}
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		var app int64
		var user, role string
		var expires *time.Time
		err := tx.QueryRow(ctx, `DELETE FROM request_tokens USING (SELECT t.id, t.expires `+working+`) by
			WHERE approved_by = by.id AND token = (SELECT r.token `+alive+` AND a.consumer_key = $2) AND verifier_hash = $3
			RETURNING app_id, user_name, role, by.expires`, token, consumerKey, hash[:]).Scan(&app, &user, &role, &expires)
		if err != nil {
			return err
		}
		sealed, _, err := s.secretsOf(out, false, true)
		if err != nil {
			return err
		}
		if err := addUser(ctx, tx, user); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO tokens (user_name, role, app_id, oauth_token, secret, expires) VALUES ($1, $2, $3, $4, $5, $6)`,
			user, role, app, out.OAuthToken, sealed, expires)
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
