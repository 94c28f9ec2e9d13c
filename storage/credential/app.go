// Package credential describes the callers that may write to the catalogue: apps, users
// and their tokens.
package credential

import (
	"time"

	"marquee/storage"
)

// Slice is a part of a list: at most Limit items after the first Offset ones. A Limit of 0
// is no limit.
type Slice struct{ Offset, Limit int }

// App is a program that may act for users, or for itself: a client of RFC 5849.
type App struct {
	Name string
	// ConsumerKey identifies the app in signed requests.
	ConsumerKey string
	// Role is the highest role of the app, for every user it acts for.
	Role    Role
	Created time.Time
	// Revoked is the time of the revocation, nil for an active app.
	Revoked *time.Time
}

// Check returns an error of code Invalid when the name or the role is invalid.
func (a App) Check() error {
	switch {
	case !properName(a.Name):
		return storage.Errorf(storage.Invalid, "the name of an app must have 1 to %d bytes, without control characters and without spaces around it", maxName-len(appPrefix))
	case len(AppUser(a.Name)) > maxName:
		return storage.Errorf(storage.Invalid, "the name of an app must have at most %d bytes", maxName-len(appPrefix))
	case !a.Role.Valid():
		return storage.Errorf(storage.Invalid, "the role of an app must be %s or %s", Editor, Admin)
	}
	return nil
}

// AppSecrets are the credentials with which an app signs. They are shown only once, at
// their creation.
type AppSecrets struct {
	Name           string `json:"name"`
	ConsumerKey    string `json:"consumer_key"`
	ConsumerSecret string `json:"consumer_secret"`
}

// Token is a credential that acts for a user.
type Token struct {
	// ID identifies the token in management commands. It gives no access.
	ID int64
	// User is the user that it acts for.
	User string
	// App is the only app that may use it in signed requests, "" for a token without an
	// app.
	App  string
	Role Role
	// Prefix is the beginning of the bearer token, so that people recognise it. It is ""
	// when there is no bearer token, or for a token created before prefixes.
	Prefix string
	// OAuthToken identifies the token in signed requests, "" when it cannot sign.
	OAuthToken string
	Created    time.Time
	// Expires and Revoked are the times of expiry and of revocation, nil for never.
	Expires, Revoked *time.Time
}

// TokenSecrets are the secrets of a token: Bearer for bearer requests, the others to sign
// requests with the token's app. They are shown only once, at their creation.
type TokenSecrets struct {
	ID     int64  `json:"-"`
	Bearer string `json:"token,omitempty"`
	// OAuthToken and OAuthTokenSecret are "" for a token without an app.
	OAuthToken       string `json:"oauth_token,omitempty"`
	OAuthTokenSecret string `json:"oauth_token_secret,omitempty"`
}

// Signer has the secrets that check the signature of a request, and the user of a valid
// one.
type Signer struct {
	// ConsumerSecret is the app's, "" when no app has the consumer key.
	ConsumerSecret string
	// TokenSecret is the token's, "" when the request has no token, or when the token has
	// another app or has expired.
	TokenSecret string
	// Revoked says that the token was revoked.
	Revoked bool
	// User is the user, nil when the app or the token is unknown.
	User *User
}

// Account is the storage use of a user.
type Account struct {
	User string
	// Used is the size in bytes of the documents that the user created.
	Used int64
	// Quota is the limit of Used, 0 for none, nil for the program's default.
	Quota *int64
}
