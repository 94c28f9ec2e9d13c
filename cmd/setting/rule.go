package setting

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"marquee/api/forwarded"
	"marquee/cache/shared"
	"marquee/storage/secret"
)

// rule is what a setting needs beyond the type of its flag.
type rule struct {
	// check returns an error that describes valid values; nil accepts every value of the
	// type.
	check func(value string) error
	// mask hides the secret parts of a value; nil when there are none.
	mask func(value string) string
}

// rules are the rules by setting. All values are checked before anything is opened, so
// that all faults are reported at once.
var rules = map[string]rule{
	"admin-listen":        {check: optional(checkAddress)},
	"cache-memory":        {check: checkPositive},
	"data-dir":            {check: checkNotEmpty},
	"database-url":        {check: optional(checkDatabaseURL), mask: maskURL},
	"drain":               {check: checkDuration},
	"elasticsearch-index": {check: checkIndexName},
	"elasticsearch-url":   {check: optional(each(checkWebURL)), mask: maskURLs},
	"index-shards":        {check: checkShards},
	"keep-changes":        {check: checkKeepChanges},
	"keep-history":        {check: checkKeepHistory},
	"limit-address":       {check: checkCount},
	"limit-app":           {check: checkCount},
	"limit-user":          {check: checkCount},
	"listen":              {check: checkAddress},
	"log-level":           {check: checkLogLevel},
	"max-streams":         {check: checkStreams},
	"nonce-redis-url":     {check: optional(checkRedisURL), mask: maskURLs},
	"otlp-endpoint":       {check: optional(checkWebURL), mask: maskURLs},
	"proxy-header":        {check: checkProxyHeader},
	"public-url":          {check: optional(checkPublicURL), mask: maskURL},
	"redis-url":           {check: optional(checkRedisURL), mask: maskURLs},
	"replica-url":         {check: optional(checkDatabaseURL), mask: maskURL},
	"secret-key":          {check: optional(checkSecretKey), mask: maskAll},
	"slow-request":        {check: checkDuration},
	"trace-sample":        {check: checkRatio},
	"trusted-proxies":     {check: optional(each(checkNetwork))},
}

// optional accepts the empty value as well.
func optional(check func(string) error) func(string) error {
	return func(value string) error {
		if value == "" {
			return nil
		}
		return check(value)
	}
}

// each checks all items of a list.
func each(check func(string) error) func(string) error {
	return func(list string) error {
		for item := range strings.SplitSeq(list, ",") {
			if err := check(item); err != nil {
				return err
			}
		}
		return nil
	}
}

// hostForm matches a name or an address without brackets; an IPv6 address may have a zone.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9._:%-]*$`)

func checkAddress(value string) error {
	host, port, err := net.SplitHostPort(value)
	number, numberErr := strconv.ParseUint(port, 10, 16)
	if err != nil || numberErr != nil || port != strconv.FormatUint(number, 10) || !hostForm.MatchString(host) {
		return errors.New("must be [host]:port with a port from 0 to 65535, such as :8080 or 127.0.0.1:8080")
	}
	return nil
}

func checkNotEmpty(value string) error {
	if value == "" {
		return errors.New("must not be empty")
	}
	return nil
}

// The types of the flags have parsed the numbers already.

func checkCount(value string) error {
	if strings.HasPrefix(value, "-") {
		return errors.New("must not be negative; 0 is no limit")
	}
	return nil
}

func checkPositive(value string) error {
	if value == "0" {
		return errors.New("must be more than 0 bytes, such as 256MiB")
	}
	return nil
}

// maxShards is the default limit of Elasticsearch (es.index.max_number_of_shards).
const maxShards = 1024

func checkShards(value string) error {
	if n, err := strconv.ParseUint(value, 10, 64); err != nil || n < 1 || n > maxShards {
		return fmt.Errorf("must be from 1 to %d", maxShards)
	}
	return nil
}

// maxStreams is about as many connections as a process can open.
const maxStreams = 60_000

func checkStreams(value string) error {
	if n, err := strconv.ParseUint(value, 10, 64); err != nil || n < 1 || n > maxStreams {
		return fmt.Errorf("must be from 1 to %d", maxStreams)
	}
	return nil
}

func checkDuration(value string) error {
	if d, err := time.ParseDuration(value); err != nil || d < 0 {
		return errors.New("must be a duration that is not negative, such as 5s")
	}
	return nil
}

func checkRatio(value string) error {
	if v, err := strconv.ParseFloat(value, 64); err != nil || !(v >= 0 && v <= 1) { // NaN is neither
		return errors.New("must be from 0 to 1: 0.1 is one of ten")
	}
	return nil
}

func checkLogLevel(value string) error {
	_, err := LogLevel(value)
	return err
}

// LogLevel parses the name of a level.
func LogLevel(text string) (level slog.Level, err error) {
	if level.UnmarshalText([]byte(text)) != nil {
		return 0, errors.New("must be debug, info, warn or error")
	}
	return level, nil
}

// errDatabaseURL does not quote the value: a password may be anywhere in it.
var errDatabaseURL = errors.New("is malformed; the form is postgres://user:password@host:port/database, with special characters of the password escaped, such as %25 for %")

func checkDatabaseURL(value string) error {
	if _, err := pgxpool.ParseConfig(value); err != nil {
		return errDatabaseURL
	}
	return nil
}

// checkRedisURL opens the addresses. That parses them and does not connect.
func checkRedisURL(value string) error {
	r, err := shared.Open(shared.Config{Address: value, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("%w; the form is redis[s]://[user:password@]host[:port][/number], or several of these, separated by commas", err)
	}
	return r.Close()
}

func checkWebURL(value string) error {
	if u, err := url.Parse(value); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return errors.New("must be http[s]://host[:port][/path]")
	}
	return nil
}

func checkPublicURL(value string) error {
	if u, err := url.Parse(value); err != nil || checkWebURL(value) != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("must be http[s]://host[:port][/path] and nothing else: the URL under which clients reach the API")
	}
	return nil
}

func checkNetwork(value string) error {
	if _, err := forwarded.NewProxies([]string{value}, ""); err != nil {
		return errors.New("trusted proxies must be addresses or networks, such as 10.0.0.0/8 or 2001:db8::1")
	}
	return nil
}

func checkProxyHeader(value string) error {
	if _, err := forwarded.NewProxies(nil, value); err != nil || value == "" {
		return errors.New("must be X-Forwarded-For or Forwarded")
	}
	return nil
}

func checkSecretKey(value string) error {
	_, err := secret.Parse(value) // the error does not quote the keys
	return err
}

// indexNameForm matches names that Elasticsearch accepts for an alias and for indices
// that begin with it. It leaves out letters of other scripts.
var indexNameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,199}$`)

func checkIndexName(value string) error {
	if !indexNameForm.MatchString(value) {
		return errors.New("must be 1 to 200 of a-z, 0-9, '.', '_' and '-', the first a letter or a digit, such as marquee")
	}
	return nil
}

// minKeepChanges is longer than a process may be cut off from the database and continue
// with its cached entries afterwards.
const minKeepChanges = time.Hour

func checkKeepChanges(value string) error {
	if d, err := time.ParseDuration(value); err != nil || d < minKeepChanges {
		return errors.New("must be a duration of at least 1h, such as 168h")
	}
	return nil
}

func checkKeepHistory(value string) error {
	if d, err := time.ParseDuration(value); err != nil || d < 0 || d > 0 && d < minKeepChanges {
		return errors.New("must be a duration of at least 1h, such as 8760h, or 0 for no end")
	}
	return nil
}
