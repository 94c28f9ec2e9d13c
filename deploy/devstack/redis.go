package devstack

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"marquee/deploy/devstack/install"
	"marquee/deploy/devstack/server"
	"marquee/deploy/devstack/shared"
)

// Redis returns the URL of an empty Redis database of the test's own, on a server that all test processes of this user
// share; it is emptied when the test ends. Channels of publish and subscribe, scripts and statistics are the server's,
// not the database's. A test that needs a server for itself takes StartRedis.
//
// With MARQUEE_TEST_REDIS_URL it is that URL for every test: there only a RedisPrefix keeps tests apart.
// The package's TestMain must call Main.
func Redis(t testing.TB) string {
	t.Helper()
	url, err := redisServer()
	if err != nil {
		missing(t, "no Redis for this test: %v", err)
	}
	if url == os.Getenv(redisVariable) {
		return url
	}
	number, err := claimDatabase(url)
	if err != nil {
		t.Fatalf("devstack: claim a Redis database: %v", err)
	}
	t.Cleanup(func() {
		if err := flushDatabase(url, number); err != nil {
			t.Errorf("devstack: empty Redis database %d: %v", number, err)
		}
	})
	return url + "/" + strconv.Itoa(number)
}

// RedisPrefix returns a beginning for keys and channels that no other test has.
func RedisPrefix(testing.TB) string { return "test:" + strings.ToLower(rand.Text()) + ":" }

const redisVariable = "MARQUEE_TEST_REDIS_URL"

// redisServer finds the server at its first call; all later ones share its result.
var redisServer = sync.OnceValues(func() (string, error) {
	if given := os.Getenv(redisVariable); given != "" {
		return given, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), install.Limit)
	defer cancel()
	return remember(shared.Redis(ctx))
})

// claimDatabase counts in database 0, which no test gets. The numbers start over after thousands of tests, long after the
// first have ended; the database is emptied all the same, because a killed test has left its keys.
func claimDatabase(url string) (int, error) {
	count, err := askRedis(url, "INCR claimed")
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(count, ":"))
	if err != nil {
		return 0, fmt.Errorf("redis says %q", count)
	}
	number := 1 + (n-1)%(server.RedisDatabases-1)
	return number, flushDatabase(url, number)
}

func flushDatabase(url string, number int) error {
	_, err := askRedis(url, "SELECT "+strconv.Itoa(number), "FLUSHDB")
	return err
}

// askRedis sends commands on a connection of its own and returns the last answer.
func askRedis(url string, commands ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), queryLimit)
	defer cancel()
	return server.AskRedis(ctx, strings.TrimPrefix(url, "redis://"), commands...)
}
