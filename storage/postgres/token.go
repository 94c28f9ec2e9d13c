package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
)

// tokenPrefix marks a token for people and for scanners that look for secrets
// in published code.
const tokenPrefix = "mq_"

// CreateToken makes a bearer token for a user. It is returned once and kept as
// a hash only.
func (s *Store) CreateToken(ctx context.Context, u storage.User) (string, error) {
	if err := u.Check(); err != nil {
		return "", err
	}
	token := tokenPrefix + rand.Text()
	hash := sha256.Sum256([]byte(token))
	_, err := s.pool.Exec(ctx, `INSERT INTO tokens (hash, name, role) VALUES ($1, $2, $3)`, hash[:], u.Name, string(u.Role))
	if err != nil {
		return "", fmt.Errorf("store the token of %s: %w", u.Name, translate(err))
	}
	return token, nil
}

// Authenticate finds the user that a bearer token stands for; NotFound when
// there is none. The lookup is by hash, so its time tells nothing about tokens.
func (s *Store) Authenticate(ctx context.Context, token string) (*storage.User, error) {
	hash := sha256.Sum256([]byte(token))
	var u storage.User
	err := s.pool.QueryRow(ctx, `SELECT name, role FROM tokens WHERE hash = $1`, hash[:]).Scan(&u.Name, &u.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, storage.Errorf(storage.NotFound, "the token is not known")
	}
	if err != nil {
		return nil, fmt.Errorf("look a token up: %w", translate(err))
	}
	return &u, nil
}

// HasTokens reports whether anybody may write.
func (s *Store) HasTokens(ctx context.Context) (bool, error) {
	var has bool
	err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tokens)`).Scan(&has)
	return has, translate(err)
}
