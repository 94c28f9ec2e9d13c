package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"marquee/deploy/devstack/server"
	"marquee/storage/embedded"
)

const environmentFile = ".devstack.env"

// stack holds the running servers.
type stack struct {
	postgres             *embedded.Server
	redis, elasticsearch *server.Process
	folders              []string
}

// startStack starts all servers at the same time. The caller closes the stack also after an error.
func startStack(ctx context.Context) (*stack, error) {
	s := &stack{}
	for _, name := range []string{"postgres", "redis", "elasticsearch"} {
		dir, err := server.TempDir(name)
		if err != nil {
			return s, err
		}
		s.folders = append(s.folders, dir)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var errs [3]error
	var group sync.WaitGroup
	group.Go(func() { s.postgres, errs[0] = startPostgres(ctx, s.folders[0]) })
	group.Go(func() { s.redis, errs[1] = server.Redis(ctx, s.folders[1]) })
	group.Go(func() { s.elasticsearch, errs[2] = server.Elasticsearch(ctx, s.folders[2], false) })
	group.Wait()
	return s, errors.Join(errs[:]...)
}

func startPostgres(ctx context.Context, dir string) (*embedded.Server, error) {
	return embedded.Start(ctx, embedded.Config{
		DataDir:   dir,
		BinDir:    os.Getenv("MARQUEE_POSTGRES_BIN"),
		Settings:  map[string]string{"max_connections": "300"}, // several programs and tests at once
		Temporary: true,
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
}

// environment returns the settings by which Marquee finds the servers.
func (s *stack) environment() []string {
	return []string{
		"MARQUEE_DATABASE_URL=" + s.postgres.URL(),
		"MARQUEE_REDIS_URL=" + s.redis.URL(),
		"MARQUEE_ELASTICSEARCH_URL=" + s.elasticsearch.URL(),
	}
}

// ended returns a channel that receives an error when a server ends by itself.
func (s *stack) ended() <-chan error {
	ended := make(chan error, 3)
	go func() {
		<-s.postgres.Done()
		ended <- fmt.Errorf("PostgreSQL ended: %w", s.postgres.Err())
	}()
	for _, p := range []*server.Process{s.redis, s.elasticsearch} {
		go func() {
			<-p.Done()
			ended <- fmt.Errorf("%s ended:\n%s", p.URL(), p.Log())
		}()
	}
	return ended
}

// close ends the started servers and removes their data.
func (s *stack) close() error {
	var errs []error
	if s.elasticsearch != nil {
		errs = append(errs, s.elasticsearch.Close())
	}
	if s.redis != nil {
		errs = append(errs, s.redis.Close())
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Close())
	}
	for _, dir := range s.folders {
		errs = append(errs, os.RemoveAll(dir))
	}
	return errors.Join(errs...)
}

// writeEnvironment writes the file, readable by its owner only because it contains a password. It replaces a file that a
// killed run left. remove deletes the file unless another run has replaced it.
func writeEnvironment(text string) (remove func() error, err error) {
	draft := fmt.Sprintf("%s.%d", environmentFile, os.Getpid())
	if err := os.WriteFile(draft, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if err := os.Rename(draft, environmentFile); err != nil {
		return nil, errors.Join(err, os.Remove(draft))
	}
	return func() error {
		b, err := os.ReadFile(environmentFile)
		if err != nil || string(b) != text {
			return nil //nolint:nilerr // another run removed or replaced it
		}
		return os.Remove(environmentFile)
	}, nil
}
