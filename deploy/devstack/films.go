package devstack

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/deploy/devstack/server"
)

// filmsLimit bounds the import of all films, and the wait for another process that imports them.
const filmsLimit = 10 * time.Minute

// someRefused is the exit code of an import that refused some rows. A few of the films break a rule.
const someRefused = 3

// Films returns the URL of a database with the films and series of the folder shared/data, for tests that only read it.
// The program imports them once for each server, without the race detector, which would take minutes in every package.
// On a server named by MARQUEE_TEST_DATABASE_URL the database stays for the next tests of the same program.
func Films(t testing.TB) string {
	t.Helper()
	wikipedia, tvmaze := Data(t, "wikipedia"), Data(t, "tvmaze")
	address, err := postgresServer()
	if err != nil {
		missing(t, "no PostgreSQL for this test: %v", err)
	}
	films, err := importFilms(address, []string{"wikipedia", wikipedia}, []string{"tvmaze", tvmaze})
	if err != nil {
		t.Fatalf("devstack: films for this test: %v", err)
	}
	return films
}

// FilmsCopy is like Films, for a test that writes. The database is dropped when the test ends.
func FilmsCopy(t testing.TB) string {
	t.Helper()
	films, err := url.Parse(Films(t))
	if err != nil {
		t.Fatalf("devstack: the URL of the films is not one: %v", errors.Unwrap(err)) // the whole error contains the password
	}
	return dropped(t, fromTemplate(templateOf(strings.TrimPrefix(films.Path, "/"))))
}

// templateOf returns the name of a copy of a database that nothing connects to, so that it can be copied at any time.
func templateOf(name string) string { return name + "_template" }

// fromTemplate returns options of CREATE DATABASE.
func fromTemplate(name string) string { return " TEMPLATE " + name + " STRATEGY file_copy" }

var filmsImported struct {
	sync.Mutex
	url string
}

// importFilms creates the database, unless this process or another has done it. Each set is a format and a folder.
func importFilms(address string, sets ...[]string) (string, error) {
	filmsImported.Lock()
	defer filmsImported.Unlock()
	if filmsImported.url != "" {
		return filmsImported.url, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), filmsLimit)
	defer cancel()
	dir, err := os.MkdirTemp("", "marquee-test-films-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "marquee")
	if err := buildProgram(ctx, program); err != nil {
		return "", err
	}
	digest, err := digestOf(program)
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) // releases the lock, too
	name := "test_films_" + digest
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		return "", err
	}
	films, err := inDatabase(address, name)
	if err != nil {
		return "", err
	}
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil {
		return "", err
	}
	if !exists {
		if err := fill(ctx, address, name, dir, program, sets); err != nil {
			return "", err
		}
	}
	filmsImported.url = films
	return films, nil
}

func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), nil
}

// fill imports the sets into a new database, which gets its name when it is complete.
func fill(ctx context.Context, address, name, dir, program string, sets [][]string) error {
	unfinished, template := name+"_unfinished", templateOf(name)
	for _, left := range []string{unfinished, template} {
		if err := server.DropDatabase(address, left); err != nil {
			return err
		}
	}
	if err := server.Execute(ctx, address, "CREATE DATABASE "+unfinished); err != nil {
		return err
	}
	database, err := inDatabase(address, unfinished)
	if err != nil {
		return err
	}
	commands := [][]string{{"migrate"}}
	for _, set := range sets {
		commands = append(commands, append([]string{"import"}, set...))
	}
	for _, args := range commands {
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Env = append(os.Environ(), "MARQUEE_DATABASE_URL="+database, "MARQUEE_DATA_DIR="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil && cmd.ProcessState.ExitCode() != someRefused {
			return fmt.Errorf("marquee %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	if err := server.Execute(ctx, address, "CREATE DATABASE "+template+fromTemplate(unfinished)); err != nil {
		return err
	}
	return server.Execute(ctx, address, "ALTER DATABASE "+unfinished+" RENAME TO "+name)
}
