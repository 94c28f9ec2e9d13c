package storetest

import (
	"testing"

	"marquee/storage/credential"
	"marquee/storage/postgres"
)

// Issue issues a token that does not expire.
func Issue(t testing.TB, s *postgres.Store, u credential.User) *credential.TokenSecrets {
	t.Helper()
	token, err := s.IssueToken(deadline(t), u, nil)
	if err != nil {
		t.Fatal(err)
	}
	return token
}
