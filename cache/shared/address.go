package shared

import (
	"errors"
	"net/url"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// parse reads one or several addresses, separated by commas.
func parse(address string) (*redis.UniversalOptions, error) {
	var options *redis.UniversalOptions
	for one := range strings.SplitSeq(address, ",") {
		node, cluster, err := parseNode(strings.TrimSpace(one))
		if err != nil {
			return nil, err
		}
		if options == nil {
			options = &redis.UniversalOptions{
				DB: node.DB, Username: node.Username, Password: node.Password, TLSConfig: node.TLSConfig,
				PoolSize: node.PoolSize, IsClusterMode: cluster,
			}
		}
		options.Addrs = append(options.Addrs, node.Addr)
	}
	if options.DB != 0 && (options.IsClusterMode || len(options.Addrs) > 1) {
		return nil, errors.New("a cluster has no numbered databases")
	}
	options.MaxRetries = -1 // reading the origin costs less than a retry
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.DialerRetries = dialDeadline, 1
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return options, nil
}

// parseNode reads one address. cluster reports that it has the parameter "cluster".
func parseNode(address string) (node *redis.Options, cluster bool, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, false, errors.New("not a URL") // the parser's error would show the password
	}
	query := u.Query()
	cluster = query.Has("cluster")
	query.Del("cluster")
	u.RawQuery = query.Encode()
	if node, err = redis.ParseURL(u.String()); err != nil {
		return nil, false, err
	}
	if node.TLSConfig != nil {
		node.TLSConfig.ServerName = "" // each node of a cluster has its own name
	}
	return node, cluster, nil
}
