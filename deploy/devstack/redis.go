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

// Redis returns the URL of an empty Redis database that belongs to the test, on a server that all test processes of the
// user share. The database is emptied when the test ends. Channels, scripts and statistics belong to the server, not to
// the database. A test that needs a server of its own uses StartRedis.
//
// MARQUEE_TEST_REDIS_URL is the result for every test where it is set. There, only RedisPrefix separates tests.
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

// RedisPrefix returns a prefix for keys and channels that no other test uses.
func RedisPrefix(testing.TB) string { return "test:" + strings.ToLower(rand.Text()) + ":" }

const redisVariable = "MARQUEE_TEST_REDIS_URL"

// redisServer finds or starts the server at the first call. All later calls return the same result.
var redisServer = sync.OnceValues(func() (string, error) {
	if given := os.Getenv(redisVariable); given != "" {
		return given, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), install.Limit)
	defer cancel()
	return remember(shared.Redis(ctx))
})

// claimDatabase returns the number of an empty database. It counts in database 0, which no test receives. The numbers
// start over after thousands of tests, long after the first ones ended. A killed test leaves its keys, so claimDatabase
// empties the database.
func claimDatabase(url string) (int, error) {
	count, err := askRedis(url, "INCR claimed")
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(count, ":"))
	if err != nil {
		return 0, fmt.Errorf("redis answers %q", count)
	}
	number := 1 + (n-1)%(server.RedisDatabases-1)
	return number, flushDatabase(url, number)
}

func flushDatabase(url string, number int) error {
	_, err := askRedis(url, "SELECT "+strconv.Itoa(number), "FLUSHDB")
	return err
}

// askRedis sends commands on a new connection and returns the last answer.
func askRedis(url string, commands ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), queryLimit)
	defer cancel()
	return server.AskRedis(ctx, strings.TrimPrefix(url, "redis://"), commands...)
}
