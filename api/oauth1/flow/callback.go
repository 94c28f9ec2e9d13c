package flow

import (
	"net/url"
	"regexp"
	"strings"

	"marquee/api/oauth1"
)

// callbackHost matches a name or an IPv4 address with an optional port. It matches only
// hosts that are safe in the content security policy of the page: url.Parse accepts a
// host with a semicolon, which would end a directive.
var callbackHost = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$`)

// checkCallback refuses a callback to which browsers cannot be redirected safely, such
// as javascript: or a URL with credentials.
func checkCallback(callback string) error {
	switch callback {
	case "":
		return oauth1.NewRefusal(oauth1.ParameterAbsent, "oauth_callback is missing or empty; send %q if the app has no callback", OutOfBand)
	case OutOfBand:
		return nil
	}
	u, err := url.Parse(callback)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || strings.Contains(callback, "#") || !callbackHost.MatchString(u.Host) {
		return oauth1.NewRefusal(oauth1.ParameterRejected, "oauth_callback must be %q or a URL of the form http[s]://host[:port]/path[?query]", OutOfBand)
	}
	return nil
}

// callbackOrigin returns the scheme and the host of a callback, "" for OutOfBand.
func callbackOrigin(callback string) string {
	u, err := url.Parse(callback)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// addQuery appends parameters to the query of the callback, which remains unchanged
// (RFC 5849, section 2.2).
func addQuery(callback, query string) string {
	switch {
	case !strings.Contains(callback, "?"):
		return callback + "?" + query
	case strings.HasSuffix(callback, "?"), strings.HasSuffix(callback, "&"):
		return callback + query
	}
	return callback + "&" + query
}
