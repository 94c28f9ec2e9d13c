package api_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"marquee/storage"
	"marquee/storage/credential"
)

// This file has the fake's votes, views, history, apps and tokens.

func (m *memory) Vote(ctx context.Context, n *storage.Noun, id, user string, v storage.Vote) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if _, err := m.find(n, id, nil); err != nil {
		return err
	}
	m.votes[n.Name+" "+id+" "+user] = v
	return nil
}

func (m *memory) Add(n *storage.Noun, id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.views[n.Name+" "+id]++
}

func (m *memory) History(ctx context.Context, n *storage.Noun, id string, before int64, limit int) ([]storage.Event, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var events []storage.Event
	replaced := int64(0)
	for _, c := range m.log {
		if c.Noun != n || c.IDs[0] != id {
			continue
		}
		e := storage.Event{Version: c.Version, Operation: c.Operation, Who: c.Who, At: c.At, Replaced: replaced}
		if c.Operation == storage.Update {
			e.Fields, e.Before, e.After = storage.Changed(c.Before, c.After), c.Before, c.After
		}
		replaced = c.Version
		if before == 0 || c.Version < before {
			events = append(events, e)
		}
	}
	slices.Reverse(events)
	return events[:min(limit, len(events))], nil
}

func (m *memory) Revision(ctx context.Context, n *storage.Noun, id string, version int64) (*storage.Document, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	for _, c := range m.log {
		if c.Noun == n && c.IDs[0] == id && c.Version == version && c.After != nil {
			return c.After, nil
		}
	}
	return nil, storage.Errorf(storage.NotFound, "there is no version %d", version)
}

func (m *memory) Apps(ctx context.Context, part credential.Slice) ([]credential.App, int, error) {
	if err := m.begin(ctx); err != nil {
		return nil, 0, err
	}
	defer m.mu.Unlock()
	return cut(m.apps, part), len(m.apps), nil
}

// cut returns a part of a list.
func cut[T any](all []T, part credential.Slice) []T {
	from := min(part.Offset, len(all))
	return slices.Clone(all[from:min(from+part.Limit, len(all))])
}

// app returns an active app by its key, and for creations and tokens by its name.
func (m *memory) app(key, name string) *credential.App {
	for i := range m.apps {
		if a := &m.apps[i]; a.Revoked == nil && (a.ConsumerKey == key || a.Name == name) {
			return a
		}
	}
	return nil
}

func (m *memory) CreateApp(ctx context.Context, name string, role credential.Role) (*credential.AppSecrets, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	if m.app("", name) != nil {
		return nil, storage.Errorf(storage.Conflict, "there is an app %s", name)
	}
	key := fmt.Sprintf("app_%s%c", strings.Repeat("A", 25), 'A'+len(m.apps))
	m.apps = append(m.apps, credential.App{Name: name, ConsumerKey: key, Role: role, Created: storage.Now()})
	return &credential.AppSecrets{Name: name, ConsumerKey: key, ConsumerSecret: "first secret"}, nil
}

func (m *memory) RevokeApp(ctx context.Context, key string) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	a := m.app(key, "")
	if a == nil {
		return storage.Errorf(storage.NotFound, "there is no app %s", key)
	}
	now := storage.Now()
	a.Revoked = &now
	return nil
}

func (m *memory) RotateApp(ctx context.Context, key string) (*credential.AppSecrets, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	a := m.app(key, "")
	if a == nil {
		return nil, storage.Errorf(storage.NotFound, "there is no app %s", key)
	}
	return &credential.AppSecrets{Name: a.Name, ConsumerKey: key, ConsumerSecret: "second secret"}, nil
}

func (m *memory) Tokens(ctx context.Context, user string, part credential.Slice) ([]credential.Token, int, error) {
	if err := m.begin(ctx); err != nil {
		return nil, 0, err
	}
	defer m.mu.Unlock()
	of := slices.DeleteFunc(slices.Clone(m.tokens), func(t credential.Token) bool { return user != "" && t.User != user })
	return cut(of, part), len(of), nil
}

func (m *memory) IssueToken(ctx context.Context, u credential.User, expires *time.Time) (*credential.TokenSecrets, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	switch {
	case expires != nil && !expires.After(time.Now()):
		return nil, storage.Errorf(storage.Invalid, "a token cannot end before it begins")
	case u.App != "" && m.app(u.App, u.App) == nil:
		return nil, storage.Errorf(storage.NotFound, "there is no app %s", u.App)
	}
	id := int64(len(m.tokens) + 1)
	m.tokens = append(m.tokens, credential.Token{ID: id, User: u.Name, App: u.App, Role: u.Role, Prefix: "mq_AAAA", Created: storage.Now(), Expires: expires})
	return tokenSecrets(id, u.App), nil
}

func tokenSecrets(id int64, app string) *credential.TokenSecrets {
	s := &credential.TokenSecrets{ID: id, Bearer: "mq_secret"}
	if app != "" {
		s.OAuthToken, s.OAuthTokenSecret = "oauth", "oauth secret"
	}
	return s
}

// token returns an active token.
func (m *memory) token(id int64) (*credential.Token, error) {
	if id > int64(len(m.tokens)) || m.tokens[id-1].Revoked != nil {
		return nil, storage.Errorf(storage.NotFound, "there is no token %d", id)
	}
	return &m.tokens[id-1], nil
}

func (m *memory) RevokeToken(ctx context.Context, user string, id int64) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	t, err := m.token(id)
	if err == nil && user != "" && t.User != user {
		err = storage.Errorf(storage.NotFound, "there is no token %d of %s", id, user)
	}
	if err == nil {
		now := storage.Now()
		t.Revoked = &now
	}
	return err
}

func (m *memory) RotateToken(ctx context.Context, id int64) (*credential.TokenSecrets, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	t, err := m.token(id)
	if err != nil {
		return nil, err
	}
	return tokenSecrets(id, t.App), nil
}
