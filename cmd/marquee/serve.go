package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"marquee/api"
	"marquee/api/openapi"
	search "marquee/search/postgres"
	"marquee/storage"
)

const (
	// shutdownTimeout is how long requests in flight may take to end.
	shutdownTimeout = 20 * time.Second
	// keepChanges is how long the log of changes is kept, and pruneEvery how
	// often it is looked at.
	keepChanges = 7 * 24 * time.Hour
	pruneEvery  = time.Hour
	// pruneTimeout bounds one pruning.
	pruneTimeout = time.Minute
)

func (p *program) serveCommand() *cobra.Command {
	var listen string
	var sample bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the catalogue over HTTP, everything in one process",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.serve(cmd.Context(), listen, sample)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", ":8080", "address to listen on")
	cmd.Flags().BoolVar(&sample, "sample", true, "load a small sample into a private catalogue that is empty")
	return cmd
}

// serve answers requests until ctx ends, then lets those in flight end.
func (p *program) serve(ctx context.Context, listen string, sample bool) (err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listen: %w; choose another address with --listen", err)
	}
	defer listener.Close()
	d, err := p.database.open(ctx, p.logger, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if d.server != nil {
		if err := p.welcome(ctx, d, sample); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	pruned := make(chan struct{})
	go p.prune(ctx, d, pruned)
	defer func() { cancel(); <-pruned }()

	catalogue := api.New(api.Config{Catalogue: search.New(d.Store), Logger: p.logger})
	server := api.NewServer(openapi.Mount(catalogue), p.logger)
	return p.answer(ctx, server, listener, d)
}

// answer serves until ctx ends, or the server or the private database fails.
func (p *program) answer(ctx context.Context, server *http.Server, listener net.Listener, d *database) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	address := listener.Addr().String()
	fmt.Fprintf(p.stdout, "Marquee answers at http://%s%s, its documentation is at http://%[1]s%[3]s\n", reachable(address), api.Base, openapi.DocsPath)
	p.logger.Info("listening", "address", address)
	if p.listening != nil {
		p.listening(address)
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-d.failed():
		return errors.Join(fmt.Errorf("the private PostgreSQL ended: %w", d.server.Err()), server.Close())
	case <-ctx.Done():
	}
	p.logger.Info("shutting down", "deadline", shutdownTimeout)
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return server.Shutdown(ctx)
}

// failed is closed when the private server is gone for good.
func (d *database) failed() <-chan struct{} {
	if d.server == nil {
		return nil
	}
	return d.server.Done()
}

// reachable is an address that a browser on this machine can open.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// welcome gives a private catalogue that nobody may write to an editor's token,
// shown once, and one that was never written to the sample.
func (p *program) welcome(ctx context.Context, d *database, sample bool) error {
	if has, err := d.HasTokens(ctx); err != nil {
		return err
	} else if !has {
		token, err := d.CreateToken(ctx, storage.User{Name: "editor", Role: storage.Editor})
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "This token may write, and is shown only now: %s\n", token)
	}
	version, err := d.Version(ctx)
	if err != nil || version > 0 || !sample {
		return err
	}
	return p.loadSample(ctx, d)
}

// prune keeps the log of changes from growing for ever.
func (p *program) prune(ctx context.Context, d *database, done chan<- struct{}) {
	defer close(done)
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		bounded, cancel := context.WithTimeout(ctx, pruneTimeout)
		versions, err := d.Prune(bounded, keepChanges)
		cancel()
		if err != nil {
			p.logger.Warn("the log of changes was not pruned; it is tried again", "after", pruneEvery, "err", err)
		} else if versions > 0 {
			p.logger.Info("pruned the log of changes", "versions", versions)
		}
	}
}
