// Package serve has the commands that answer requests: serve and api.
package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"marquee/api"
	"marquee/api/openapi"
	"marquee/api/route"
	"marquee/api/stream"
	"marquee/cmd/command"
	"marquee/cmd/data"
	"marquee/cmd/database"
	"marquee/cmd/indexing"
	"marquee/cmd/listen"
	"marquee/cmd/monitor"
	"marquee/cmd/observe/trace"
	"marquee/storage/credential"
)

// serveConfig is the settings of a process that serves.
type serveConfig struct {
	listen    string
	admin     string
	drain     time.Duration
	ifMatch   bool // whether updates and deletions need If-Match
	streams   int  // largest number of streams of the change log
	sample    bool
	replica   replicaConfig
	index     indexing.Config
	cache     cacheConfig
	access    accessConfig
	retention retentionConfig
	trace     monitor.TraceConfig
	indexer   bool // whether the process also runs the indexer
}

func (c *serveConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.listen, "listen", ":8080", "address to listen on")
	monitor.AdminFlags(f, &c.admin)
	f.DurationVar(&c.drain, "drain", c.drain, "how long requests are still accepted after SIGTERM, while /readyz answers 503, so that balancers turn away before the listener closes; a second signal ends the process at once")
	f.BoolVar(&c.ifMatch, "require-if-match", false, "refuse to change or delete an object without If-Match (428), so that no client overwrites a version that it has not read")
	f.IntVar(&c.streams, "max-streams", stream.DefaultReaders, "how many readers may follow the change log as a stream at once; further ones get 503 with Retry-After; a thousand use some 40 MB")
	c.replica.flags(f)
	c.index.Flags(f)
	c.cache.flags(f)
	c.access.flags(f)
	c.retention.flags(f)
	c.trace.Flags(f)
}

// Command makes marquee serve.
func Command(e *command.Env) *cobra.Command {
	c := serveConfig{indexer: true}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the catalogue over HTTP, with everything in one process",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return (&process{Env: e}).serve(cmd.Context(), c)
		},
	}
	c.flags(cmd.Flags())
	cmd.Flags().BoolVar(&c.sample, "sample", true, "load a small sample into an empty private catalogue")
	return cmd
}

// APICommand makes marquee api.
func APICommand(e *command.Env) *cobra.Command {
	c := serveConfig{access: publicLimits, drain: listen.DefaultDrain}
	cmd := &cobra.Command{
		Use:   "api",
		Short: "Answer requests only, as one of many processes that share their servers",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if e.Database.URL == "" {
				return errors.New("api needs a database that processes share: give --database-url, or use serve")
			}
			return (&process{Env: e}).serve(cmd.Context(), c)
		},
	}
	c.flags(cmd.Flags())
	return cmd
}

// process is a run of serve or api.
type process struct {
	*command.Env
	tracing *trace.Tracer // nil when nothing is traced
}

// serve answers requests until ctx ends, and then drains.
func (p *process) serve(ctx context.Context, c serveConfig) (err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.listen)
	if err != nil {
		return fmt.Errorf("listen: %w; choose another address with --listen", err)
	}
	defer listener.Close()
	c.access.listens(listener.Addr())
	m, err := monitor.Start(ctx, p.Env, c.admin)
	if err != nil {
		return err
	}
	defer m.Close()
	tracing, endTracing, err := monitor.StartTracing(ctx, p.Env, c.trace)
	if err != nil {
		return err
	}
	defer endTracing()
	p.tracing = tracing
	d, err := p.Database.Open(ctx, p.Logger, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.CheckSecrets(ctx); err != nil { // fail now, not at the first signed request
		return err
	}
	if d.Private() {
		if err := p.welcome(ctx, d, c.sample); err != nil {
			return err
		}
	}
	s, err := p.startServices(ctx, d, c, m)
	if err != nil {
		return err
	}
	defer s.close()
	server := listen.New(api.NewServer(listen.CloseAfterAnswer(s.readiness.Draining, s.handler), p.Logger), listener, s.api.Unread)
	if err := p.answer(ctx, server, listener.Addr().String(), d, s); err != nil {
		return err
	}
	s.readiness.Drain()
	return server.Drain(c.drain, s.api.EndStreams, p.Logger)
}

// answer starts to serve. It returns nil when ctx ends, while the server still answers,
// and an error when the process cannot continue.
func (p *process) answer(ctx context.Context, server *listen.Server, address string, d *database.DB, s *services) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve() }()
	fmt.Fprintf(p.Stdout, "Marquee answers at http://%s%s, its documentation is at http://%[1]s%[3]s\n", reachable(address), route.Base, openapi.DocsPath)
	p.Logger.Info("listening", "address", address)
	if p.Listening != nil {
		p.Listening(address)
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-d.Failed():
		return errors.Join(fmt.Errorf("the private PostgreSQL ended: %w", d.Err()), server.Close())
	case <-s.log.Failed():
		return errors.Join(fmt.Errorf("serve: %w; start it again to serve that one", s.log.Err()), server.Close())
	case <-ctx.Done():
		return nil
	}
}

// reachable returns an address that a browser on this machine can open.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// welcome prepares a private catalogue. Without any token it creates one for an editor
// and prints it, and without any write it loads the sample.
func (p *process) welcome(ctx context.Context, d *database.DB, sample bool) error {
	if has, err := d.HasTokens(ctx); err != nil {
		return err
	} else if !has {
		token, err := d.CreateToken(ctx, credential.User{Name: "editor", Role: credential.Editor})
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Stdout, "This token may write, and is shown only now: %s\n", token)
	}
	version, err := d.Version(ctx)
	if err != nil || version > 0 || !sample {
		return err
	}
	return data.LoadSample(ctx, p.Env, d)
}
