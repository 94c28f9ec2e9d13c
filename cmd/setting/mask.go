package setting

import (
	"net/url"
	"strings"
)

// Hidden replaces a secret.
const Hidden = "***"

// Masked returns the value of a setting with its secret parts hidden.
func Masked(name, value string) string {
	if mask := rules[name].mask; mask != nil && value != "" {
		return mask(value)
	}
	return value
}

// maskAll hides the whole value.
func maskAll(string) string { return Hidden }

// maskURLs masks URLs that are separated by commas.
func maskURLs(list string) string {
	parts := strings.Split(list, ",")
	for i, part := range parts {
		shown := maskURL(strings.TrimSpace(part))
		if shown == Hidden { // a comma in a password may have cut the URL in two
			return Hidden
		}
		parts[i] = shown
	}
	return strings.Join(parts, ",")
}

// maskURL hides the password of a URL and the values of its parameters, which may be
// passwords too. A value that is not clearly a URL is hidden as a whole.
func maskURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Fragment != "" {
		return Hidden
	}
	if at := strings.Count(text, "@"); at > 1 || at == 1 && u.User == nil { // an "@" in the password: its end is not clear
		return Hidden
	}
	if u.RawQuery != "" {
		u.RawQuery = maskParameters(u.RawQuery)
	}
	return u.Redacted()
}

// openParameters are the parameters whose values are shown: they are no secrets, and
// operators look for them.
var openParameters = map[string]bool{"sslmode": true, "host": true, "port": true, "cluster": true, "pool_size": true, "pool_max_conns": true}

// maskParameters hides the values of all parameters except the open ones.
func maskParameters(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		if name, _, _ := strings.Cut(pair, "="); !openParameters[name] {
			pairs[i] = name + "=" + Hidden
		}
	}
	return strings.Join(pairs, "&")
}
