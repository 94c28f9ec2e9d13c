// Package credential describes who may write to the catalogue: apps, users and
// their tokens.
package credential

import (
	"time"

	"marquee/storage"
)

// Slice is a part of a list: so many items behind the first ones. A limit of 0 is
// no limit.
type Slice struct{ Offset, Limit int }

// App is a program that may act for users, or for itself: a client of RFC 5849.
type App struct {
	Name string
	// ConsumerKey identifies the app in signed requests.
	ConsumerKey string
	// Role is the most that the app may do, whoever it acts for.
	Role    Role
	Created time.Time
	// Revoked is when the app lost its access, nil while it has it.
	Revoked *time.Time
}

// Check is an error of code Invalid when there can be no such app.
func (a App) Check() error {
	switch {
	case !properName(a.Name):
		return storage.Errorf(storage.Invalid, "the name of an app must have 1 to %d bytes, begin and end with something else than a space, and have no control characters", maxName-len(appPrefix))
	case len(AppUser(a.Name)) > maxName:
		return storage.Errorf(storage.Invalid, "the name of an app must have at most %d bytes", maxName-len(appPrefix))
	case !a.Role.Valid():
		return storage.Errorf(storage.Invalid, "an app needs a name and one of the roles %s and %s", Editor, Admin)
	}
	return nil
}

// AppSecrets are what an app signs with. They are shown when they are made and
// never again.
type AppSecrets struct {
	Name           string `json:"name"`
	ConsumerKey    string `json:"consumer_key"`
	ConsumerSecret string `json:"consumer_secret"`
}

// Token lets somebody act for a user.
type Token struct {
	// ID is what the token is revoked by; it gives no access.
	ID int64
	// User is who it acts for.
	User string
	// App is the only app that may use it in signed requests, "" for a token that
	// is no part of any.
	App  string
	Role Role
	// Prefix is how the bearer token begins, for people who look for theirs; ""
	// when there is none, or when it is older than the prefixes.
	Prefix string
	// OAuthToken is what signed requests name the token by, "" when none can.
	OAuthToken string
	Created    time.Time
	// Expires and Revoked are when the token ends and was ended; nil for never.
	Expires, Revoked *time.Time
}

// TokenSecrets are what a token is used with: Bearer as it is, the others to
// sign requests for the token's app. They are shown when they are made and never
// again.
type TokenSecrets struct {
	ID     int64  `json:"-"`
	Bearer string `json:"token,omitempty"`
	// OAuthToken and OAuthTokenSecret are "" for a token without an app.
	OAuthToken       string `json:"oauth_token,omitempty"`
	OAuthTokenSecret string `json:"oauth_token_secret,omitempty"`
}

// Signer is what the signature of a request is checked with, and who it stands
// for when it holds.
type Signer struct {
	// ConsumerSecret is the app's, "" when no app has the consumer key.
	ConsumerSecret string
	// TokenSecret is the token's, "" when none is named, or when it is not this
	// app's or has expired.
	TokenSecret string
	// Revoked says that the token was revoked.
	Revoked bool
	// User is who acts, nil when one of the two is unknown.
	User *User
}

// Account is what a user has stored.
type Account struct {
	User string
	// Used is how many bytes the documents have that the user created.
	Used int64
	// Quota is how many they may have, 0 without a limit, nil when it is the one
	// that the program is run with.
	Quota *int64
}
