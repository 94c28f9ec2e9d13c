package flow

import (
	"net/url"
	"regexp"
	"strings"

	"marquee/api/oauth1"
)

// callbackHost is a name or an IPv4 address, with a port if any: what may stand
// in a policy of the page. url.Parse takes a ; in a host, which would end it.
var callbackHost = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$`)

// checkCallback refuses a callback to which a browser could not be sent, or not
// without harm (javascript:, credentials in the URL).
func checkCallback(callback string) error {
	switch callback {
	case "":
		return oauth1.NewRefusal(oauth1.ParameterAbsent, "oauth_callback is missing or empty; without a callback it is %q", OutOfBand)
	case OutOfBand:
		return nil
	}
	u, err := url.Parse(callback)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || strings.Contains(callback, "#") || !callbackHost.MatchString(u.Host) {
		return oauth1.NewRefusal(oauth1.ParameterRejected, "oauth_callback must be %q or a URL of the form http[s]://host[:port]/path[?query]", OutOfBand)
	}
	return nil
}

// callbackOrigin is the scheme and the host of a callback, "" for none.
func callbackOrigin(callback string) string {
	u, err := url.Parse(callback)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// addQuery appends parameters to the end of the callback's query, which stays as
// the app wrote it (RFC 5849, section 2.2).
func addQuery(callback, query string) string {
	switch {
	case !strings.Contains(callback, "?"):
		return callback + "?" + query
	case strings.HasSuffix(callback, "?"), strings.HasSuffix(callback, "&"):
		return callback + query
	}
	return callback + "&" + query
}
