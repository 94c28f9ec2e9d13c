package serve

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"

	"github.com/spf13/pflag"

	"marquee/api"
	"marquee/api/forwarded"
	"marquee/api/oauth1"
	"marquee/api/oauth1/flow"
	"marquee/cache/limit"
	"marquee/cache/nonce"
	"marquee/cache/shared"
	"marquee/cmd/database"
)

// accessConfig is the settings of signed requests, trusted proxies and rate limits.
type accessConfig struct {
	publicURL   string
	nonceRedis  string
	proxies     []string
	proxyHeader string
	// local are the URLs of the listener, used without publicURL.
	local []*url.URL
	// The limits are in units a minute; see api.Limits.
	addressLimit, userLimit, appLimit int
}

// publicLimits are the default limits of a process that serves the public.
var publicLimits = accessConfig{
	addressLimit: api.DefaultAddressLimit, userLimit: api.DefaultUserLimit, appLimit: api.DefaultAppLimit,
}

// flags declares the flags. The limits in c are their defaults.
func (c *accessConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.publicURL, "public-url", "", "URL under which clients reach the API, and which they sign: http[s]://host[:port][/path]; empty is http://localhost, http://127.0.0.1 and http://[::1] with the port of --listen")
	f.StringVar(&c.nonceRedis, "nonce-redis-url", "", "Redis for the nonces of signed requests, which must not evict; empty uses that of --redis-url, or memory")
	f.StringSliceVar(&c.proxies, "trusted-proxies", nil, "networks of the proxies that are trusted to report the address of a client, the id of a request and its trace, separated by commas")
	f.StringVar(&c.proxyHeader, "proxy-header", "X-Forwarded-For", "header in which trusted proxies report the address of a client: X-Forwarded-For or Forwarded")
	f.IntVar(&c.addressLimit, "limit-address", c.addressLimit, "units a minute that an address without credentials may spend on requests that the cache does not answer; 0 is no limit")
	f.IntVar(&c.userLimit, "limit-user", c.userLimit, "units a minute that a user may spend; 0 is no limit")
	f.IntVar(&c.appLimit, "limit-app", c.appLimit, "units a minute that an app may spend when it acts for itself; 0 is no limit")
}

// listens completes the settings that depend on the address of the listener.
func (c *accessConfig) listens(address net.Addr) {
	host, port, err := net.SplitHostPort(reachable(address.String()))
	if err != nil { // no TCP
		return
	}
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if !slices.Contains(hosts, host) {
		hosts = append(hosts, host)
	}
	for _, h := range hosts {
		c.local = append(c.local, &url.URL{Scheme: "http", Host: net.JoinHostPort(h, port)})
	}
}

// publicURLs returns the URLs that clients may sign, the main one first.
func (c *accessConfig) publicURLs() ([]*url.URL, error) {
	if c.publicURL == "" && len(c.local) > 0 {
		return c.local, nil
	}
	u, err := url.Parse(c.publicURL)
	return []*url.URL{u}, err
}

// access holds the connections for nonces and rate limits. The cache has others, so that
// a nonce never waits for a large entry.
type access struct {
	servers map[string]*shared.Redis // by address
	// limiter is nil without limits, nonceServer with nonces in memory.
	limiter     *limit.Limiter
	nonceServer *shared.Redis
}

// openAccess fills in the parts of config that check signed requests and rate limits.
func (p *process) openAccess(ctx context.Context, d *database.DB, c serveConfig, config *api.Config) (_ *access, err error) {
	a := &access{servers: map[string]*shared.Redis{}}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if config.Limits, err = a.limits(ctx, p, d, c); err != nil {
		return nil, err
	}
	nonces, err := a.nonces(ctx, p, d, c)
	if err != nil {
		return nil, err
	}
	public, err := c.access.publicURLs()
	if err != nil {
		return nil, fmt.Errorf("public-url: %w", err)
	}
	if config.OAuth, err = oauth1.New(oauth1.Config{PublicURL: public[0], Others: public[1:], Secrets: d.Store, Nonces: nonces}); err != nil {
		return nil, fmt.Errorf("public-url: %w", err)
	}
	if config.Flow, err = flow.New(config.OAuth, d.Store, d.Store); err != nil {
		p.Logger.Warn("users cannot authorize apps themselves; see --public-url", "err", err)
	}
	return a, nil
}

// open opens a Redis, once for each address. Keys begin with prefix, which differs
// between catalogues.
func (a *access) open(ctx context.Context, p *process, d *database.DB, flag, address string) (s *shared.Redis, prefix string, err error) {
	identity, err := d.Identity(ctx)
	if err != nil {
		return nil, "", err
	}
	if s = a.servers[address]; s == nil {
		if s, err = p.openRedis(address, ""); err != nil {
			return nil, "", fmt.Errorf("%s: %w", flag, err)
		}
		a.servers[address] = s
	}
	return s, "marquee:" + identity + ":", nil
}

// limits returns the rate limits, nil without any. All processes that share a Redis count
// there together.
func (a *access) limits(ctx context.Context, p *process, d *database.DB, c serveConfig) (*api.Limits, error) {
	proxies, err := forwarded.NewProxies(c.access.proxies, c.access.proxyHeader)
	if err != nil {
		return nil, err
	}
	if max(c.access.addressLimit, c.access.userLimit, c.access.appLimit) == 0 {
		p.Logger.Info("no rate limits; to serve the public, give --limit-address, --limit-user and --limit-app")
		return nil, nil
	}
	config := limit.Config{Logger: p.Logger}
	if c.cache.redis != "" {
		s, prefix, err := a.open(ctx, p, d, "redis-url", c.cache.redis)
		if err != nil {
			return nil, err
		}
		config.Redis, config.Prefix = s.Client(), prefix
	}
	a.limiter = limit.New(config)
	return &api.Limits{
		Limiter: a.limiter, Proxies: proxies,
		Address: c.access.addressLimit, User: c.access.userLimit, App: c.access.appLimit,
	}, nil
}

// maxNonces is enough for 400 signed requests a second: a nonce is stored for at most
// 660 s. They take about 40 MB of memory.
const maxNonces = 1 << 18

// nonces returns the store of nonces: Redis if one is configured, otherwise memory.
func (a *access) nonces(ctx context.Context, p *process, d *database.DB, c serveConfig) (oauth1.Nonces, error) {
	address := cmp.Or(c.access.nonceRedis, c.cache.redis)
	if address == "" {
		return nonce.NewMemory(maxNonces, nil), nil
	}
	s, prefix, err := a.open(ctx, p, d, "nonce-redis-url", address)
	if err != nil {
		return nil, err
	}
	a.nonceServer = s
	nonces := nonce.NewRedis(s.Client(), prefix+"nonce:", 0)
	if err := nonces.Check(ctx); err != nil {
		p.Logger.Warn("a signed request could be replayed if Redis evicts its nonce; give --nonce-redis-url", "err", err)
	}
	return nonces, nil
}

// close ends the connections.
func (a *access) close() {
	for _, s := range a.servers {
		_ = s.Close() // nothing is lost with the connections
	}
}
