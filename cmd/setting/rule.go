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

// rule is what is known of a flag beyond its type.
type rule struct {
	// check refuses values that cannot be used, with how one has to be written; nil
	// takes every value of the type.
	check func(value string) error
	// mask hides what is secret in a value; nil where nothing is.
	mask func(value string) string
}

// rules are the flags of processes that run on, by name. A value is checked
// before anything is opened, so that all faults are told at once.
var rules = map[string]rule{
	"admin-listen":        {check: optional(checkAddress)},
	"cache-memory":        {check: checkMore},
	"data-dir":            {check: checkNotEmpty},
	"database-url":        {check: optional(checkDatabaseURL), mask: maskURL},
	"drain":               {check: checkWait},
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
	"nonce-redis-url":     {check: optional(checkRedisURL), mask: maskURLs},
	"otlp-endpoint":       {check: optional(checkWebURL), mask: maskURLs},
	"proxy-header":        {check: checkProxyHeader},
	"public-url":          {check: optional(checkPublicURL), mask: maskURL},
	"redis-url":           {check: optional(checkRedisURL), mask: maskURLs},
	"replica-url":         {check: optional(checkDatabaseURL), mask: maskURL},
	"secret-key":          {check: optional(checkSecretKey), mask: maskAll},
	"slow-request":        {check: checkWait},
	"trace-sample":        {check: checkRatio},
	"trusted-proxies":     {check: optional(each(checkNetwork))},
}

// optional lets a value be empty.
func optional(check func(string) error) func(string) error {
	return func(value string) error {
		if value == "" {
			return nil
		}
		return check(value)
	}
}

// each checks the items of a list.
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

// hostForm is a name or an address without brackets; IPv6 with its zone.
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

// The numbers have been read by the types of their flags.

func checkCount(value string) error {
	if strings.HasPrefix(value, "-") {
		return errors.New("must not be negative; 0 is no limit")
	}
	return nil
}

func checkMore(value string) error {
	if value == "0" {
		return errors.New("must be more than 0 bytes, such as 256MiB")
	}
	return nil
}

// maxShards is what Elasticsearch takes by default
// (es.index.max_number_of_shards).
const maxShards = 1024

func checkShards(value string) error {
	if n, err := strconv.ParseUint(value, 10, 64); err != nil || n < 1 || n > maxShards {
		return fmt.Errorf("must be from 1 to %d", maxShards)
	}
	return nil
}

func checkWait(value string) error {
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

// LogLevel reads the name of a level.
func LogLevel(text string) (level slog.Level, err error) {
	if level.UnmarshalText([]byte(text)) != nil {
		return 0, errors.New("must be debug, info, warn or error")
	}
	return level, nil
}

// errDatabaseURL quotes nothing of the value, in which a password may stand
// anywhere.
var errDatabaseURL = errors.New("is malformed; the form is postgres://user:password@host:port/database, with %25 for % and the like in the password")

func checkDatabaseURL(value string) error {
	if _, err := pgxpool.ParseConfig(value); err != nil {
		return errDatabaseURL
	}
	return nil
}

// checkRedisURL reads the addresses as they are read to be opened, which does
// not connect.
func checkRedisURL(value string) error {
	r, err := shared.Open(shared.Config{Address: value, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("%w; the form is redis[s]://[user:password@]host[:port][/number], several with commas between them", err)
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
		return errors.New("must be http[s]://host[:port][/path] and nothing else, as clients reach the API")
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
	_, err := secret.Parse(value) // it quotes nothing of the keys
	return err
}

// indexNameForm are the names that Elasticsearch takes for an alias and for what
// begins with it, but for letters of other scripts.
var indexNameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,199}$`)

func checkIndexName(value string) error {
	if !indexNameForm.MatchString(value) {
		return errors.New("must be 1 to 200 of a-z, 0-9, '.', '_' and '-', the first a letter or a digit, such as marquee")
	}
	return nil
}

// leastKeepChanges is longer than a process that serves may be cut off from the
// database and then go on with what it keeps.
const leastKeepChanges = time.Hour

// checkKeepChanges and checkKeepHistory refuse times that nobody can mean.
func checkKeepChanges(value string) error {
	if d, err := time.ParseDuration(value); err != nil || d < leastKeepChanges {
		return errors.New("must be a duration of at least 1h, such as 168h")
	}
	return nil
}

func checkKeepHistory(value string) error {
	if d, err := time.ParseDuration(value); err != nil || d < 0 || d > 0 && d < leastKeepChanges {
		return errors.New("must be a duration of at least 1h, such as 8760h, or 0 for ever")
	}
	return nil
}
