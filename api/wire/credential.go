package wire

import (
	"strconv"

	"marquee/api/param"
	"marquee/storage"
	"marquee/storage/credential"
)

type pageMeta struct {
	Offset int `json:"offset"`
	Limit  int `json:"limit"`
	Total  int `json:"total"`
}

type app struct {
	Name        string          `json:"name"`
	ConsumerKey string          `json:"consumer_key"`
	Role        credential.Role `json:"role"`
	Created     string          `json:"created"`
	Revoked     *string         `json:"revoked"`
}

// Apps returns the body of a page of apps, without their secrets.
func Apps(p *param.Page, apps []credential.App, total int) ([]byte, error) {
	r := struct {
		Meta pageMeta `json:"meta"`
		Apps []app    `json:"apps"`
	}{pageMeta{p.Offset, p.Limit, total}, make([]app, len(apps))}
	for i, a := range apps {
		r.Apps[i] = app{a.Name, a.ConsumerKey, a.Role, storage.FormatTime(a.Created), timestamp(a.Revoked)}
	}
	return marshal("apps", &r)
}

// AppSecrets returns the body of a reply with the secrets of an app.
func AppSecrets(s *credential.AppSecrets) ([]byte, error) {
	return marshal("an app", &struct {
		Meta emptyMeta              `json:"meta"`
		App  *credential.AppSecrets `json:"app"`
	}{App: s})
}

type token struct {
	ID         string          `json:"id"`
	User       string          `json:"user"`
	App        *string         `json:"app"`
	Role       credential.Role `json:"role"`
	Prefix     *string         `json:"prefix"`
	OAuthToken *string         `json:"oauth_token"`
	Created    string          `json:"created"`
	Expires    *string         `json:"expires"`
	Revoked    *string         `json:"revoked"`
}

// Tokens returns the body of a page of tokens, without their secrets.
func Tokens(p *param.Page, tokens []credential.Token, total int) ([]byte, error) {
	r := struct {
		Meta   pageMeta `json:"meta"`
		Tokens []token  `json:"tokens"`
	}{pageMeta{p.Offset, p.Limit, total}, make([]token, len(tokens))}
	for i, t := range tokens {
		r.Tokens[i] = token{
			strconv.FormatInt(t.ID, 10), t.User, text(t.App), t.Role, text(t.Prefix), text(t.OAuthToken),
			storage.FormatTime(t.Created), timestamp(t.Expires), timestamp(t.Revoked),
		}
	}
	return marshal("tokens", &r)
}

type tokenSecrets struct {
	ID               string  `json:"id"`
	Token            *string `json:"token"`
	OAuthToken       *string `json:"oauth_token"`
	OAuthTokenSecret *string `json:"oauth_token_secret"`
}

// TokenSecrets returns the body of a reply with the secrets of a token.
func TokenSecrets(s *credential.TokenSecrets) ([]byte, error) {
	return marshal("a token", &struct {
		Meta  emptyMeta    `json:"meta"`
		Token tokenSecrets `json:"token"`
	}{Token: tokenSecrets{strconv.FormatInt(s.ID, 10), text(s.Bearer), text(s.OAuthToken), text(s.OAuthTokenSecret)}})
}
