package serve

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"

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

// accessConfig says who is let in, and how much they may ask for.
type accessConfig struct {
	publicURL   string
	nonceRedis  string
	proxies     []string
	proxyHeader string
	// The limits are units a minute, as api.Limits has them.
	addressLimit, userLimit, appLimit int
}

// publicLimits are those of a process that stands before the public.
var publicLimits = accessConfig{
	addressLimit: api.DefaultAddressLimit, userLimit: api.DefaultUserLimit, appLimit: api.DefaultAppLimit,
}

// flags declares the flags; the limits that are set are their defaults.
func (c *accessConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.publicURL, "public-url", "", "where clients reach the API, as they sign it: http[s]://host[:port][/path]; empty is http://localhost with the port that is listened on")
	f.StringVar(&c.nonceRedis, "nonce-redis-url", "", "Redis that remembers the nonces of signed requests, which must not evict; empty is that of --redis-url, or memory")
	f.StringSliceVar(&c.proxies, "trusted-proxies", nil, "networks of the proxies whose word is taken about the address of a client, the id of a request and its trace, separated by commas")
	f.StringVar(&c.proxyHeader, "proxy-header", "X-Forwarded-For", "header in which these say it: X-Forwarded-For or Forwarded")
	f.IntVar(&c.addressLimit, "limit-address", c.addressLimit, "units a minute that an address of the public may spend on what the cache does not answer; 0 is no limit")
	f.IntVar(&c.userLimit, "limit-user", c.userLimit, "units a minute that a user may spend; 0 is no limit")
	f.IntVar(&c.appLimit, "limit-app", c.appLimit, "units a minute that an app may spend which acts for itself; 0 is no limit")
}

// listens sets what follows from the address that is listened on.
func (c *accessConfig) listens(address net.Addr) {
	if tcp, ok := address.(*net.TCPAddr); ok && c.publicURL == "" {
		c.publicURL = fmt.Sprintf("http://localhost:%d", tcp.Port)
	}
}

// access holds the connections that letting callers in takes. They are not those
// of the cache: what it moves never keeps a nonce waiting.
type access struct {
	servers map[string]*shared.Redis // by address
	// limiter is nil where callers are not limited, nonceServer where nonces are in
	// memory.
	limiter     *limit.Limiter
	nonceServer *shared.Redis
}

// openAccess prepares the parts of an API that say who is let in.
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
	public, err := url.Parse(c.access.publicURL)
	if err != nil {
		return nil, fmt.Errorf("public-url: %w", err)
	}
	if config.OAuth, err = oauth1.New(oauth1.Config{PublicURL: public, Secrets: d.Store, Nonces: nonces}); err != nil {
		return nil, fmt.Errorf("public-url: %w", err)
	}
	if config.Flow, err = flow.New(config.OAuth, d.Store, d.Store); err != nil {
		p.Logger.Warn("users cannot give apps access by themselves; see --public-url", "err", err)
	}
	return a, nil
}

// open prepares a Redis; the prefix tells catalogues apart.
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

// limits are counted in Redis, by all processes together, where one is
// configured; nil where there are none.
func (a *access) limits(ctx context.Context, p *process, d *database.DB, c serveConfig) (*api.Limits, error) {
	proxies, err := forwarded.NewProxies(c.access.proxies, c.access.proxyHeader)
	if err != nil {
		return nil, err
	}
	if max(c.access.addressLimit, c.access.userLimit, c.access.appLimit) == 0 {
		p.Logger.Info("callers are not limited; before the public, give --limit-address, --limit-user and --limit-app")
		return nil, nil
	}
	counting := limit.Config{Logger: p.Logger}
	if c.cache.redis != "" {
		s, prefix, err := a.open(ctx, p, d, "redis-url", c.cache.redis)
		if err != nil {
			return nil, err
		}
		counting.Redis, counting.Prefix = s.Client(), prefix
	}
	a.limiter = limit.New(counting)
	return &api.Limits{
		Limiter: a.limiter, Proxies: proxies,
		Address: c.access.addressLimit, User: c.access.userLimit, App: c.access.appLimit,
	}, nil
}

// maxNonces in memory are those of 400 signed requests a second for the 660 s
// that one is kept at most, in about 40 MB.
const maxNonces = 1 << 18

// nonces are remembered in Redis where one is configured.
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
		p.Logger.Warn("a signed request may be repeated; give --nonce-redis-url", "err", err)
	}
	return nonces, nil
}

// close ends the connections.
func (a *access) close() {
	for _, s := range a.servers {
		_ = s.Close() // nothing is lost with the connections
	}
}
