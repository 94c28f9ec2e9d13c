package setting

import (
	"net/url"
	"strings"
)

// Hidden stands for what is not shown.
const Hidden = "***"

// Masked is the value of a setting as it may be shown.
func Masked(name, value string) string {
	if mask := rules[name].mask; mask != nil && value != "" {
		return mask(value)
	}
	return value
}

// maskAll hides a value that is secret as a whole.
func maskAll(string) string { return Hidden }

// maskURLs hides what is secret in URLs with commas between them.
func maskURLs(list string) string {
	parts := strings.Split(list, ",")
	for i, part := range parts {
		shown := maskURL(strings.TrimSpace(part))
		if shown == Hidden { // a comma in a password would have cut it in two
			return Hidden
		}
		parts[i] = shown
	}
	return strings.Join(parts, ",")
}

// maskURL hides the password of a URL, and the values of parameters, which may
// be passwords. What is not clearly a URL is hidden as a whole.
func maskURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Fragment != "" {
		return Hidden
	}
	if at := strings.Count(text, "@"); at > 1 || at == 1 && u.User == nil { // the password ends elsewhere than it seems to
		return Hidden
	}
	if u.RawQuery != "" {
		u.RawQuery = maskParameters(u.RawQuery)
	}
	return u.Redacted()
}

// openParameters are those whose values are shown: they say how a connection is
// made, and are what one looks for.
var openParameters = map[string]bool{"sslmode": true, "host": true, "port": true, "cluster": true, "pool_size": true, "pool_max_conns": true}

// maskParameters hides the values of all parameters but the open ones.
func maskParameters(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		if name, _, _ := strings.Cut(pair, "="); !openParameters[name] {
			pairs[i] = name + "=" + Hidden
		}
	}
	return strings.Join(pairs, "&")
}
