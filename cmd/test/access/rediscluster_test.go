package access_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// With a Redis Cluster, processes share responses, limits and nonces on all nodes. After
// the loss of a node, all requests are answered.
func TestRedisCluster(t *testing.T) {
	t.Parallel()
	nodes := devstack.StartRedisCluster(t)
	e := fixture.WithSecretKey(t)
	e["MARQUEE_REDIS_URL"], e["MARQUEE_PUBLIC_URL"] = nodes.URL(), fixture.PublicURL
	e["MARQUEE_LIMIT_ADDRESS"], e["MARQUEE_LIMIT_USER"] = "200000", "15" // units for one write at once
	c := fixture.NewApp(t, e, "ann")
	first, second := fixture.Serve(t, e), fixture.Serve(t, e)

	offset, shared := 0, 0
	await.Nil(t, func() error { // responses are published in the background, so some reads are too early
		offset++
		target := fmt.Sprintf("/2.0/movies?offset=%d", offset)
		first.Public().Get(t, target)
		if fixture.SourceOf(second.Public().Get(t, target)) == "SHARED" {
			shared++
		}
		if shared < 30 {
			return fmt.Errorf("got %d of %d responses from Redis, want 30", shared, offset)
		}
		return nil
	})
	for i, node := range nodes {
		client := redis.NewClient(&redis.Options{Addr: strings.TrimPrefix(node.URL(), "redis://")})
		defer client.Close()
		if keys, err := client.DBSize(t.Context()).Result(); err != nil || keys == 0 {
			t.Errorf("node %d: got %d keys, %v; want some", i, keys, err)
		}
	}

	app := fixture.Credentials{Key: c.Key, Secret: c.Secret} // the app alone has no limit
	_, header := first.SignedBy(t, app, "POST", "/2.0/genres", `{"genre":{"name":"Sea"}}`, http.StatusCreated, "")
	repeated := second.Signed(t, app, "POST", "/2.0/genres", `{"genre":{"name":"Sea"}}`, http.StatusForbidden, header)
	fixture.Contains(t, repeated.Header.Get("WWW-Authenticate"), "nonce_used")
	inOneAttempt(t, func(i int) error {
		return userShared(t, e, [2]fixture.Site{first.Public(), second.Public()}, c, fmt.Sprint("ann", i))
	})

	nodes[1].Kill()
	for i := range 30 {
		began := time.Now()
		first.Public().Get(t, fmt.Sprintf("/2.0/movies?offset=%d", offset+1+i))
		if took := time.Since(began); took > fixture.Patience/10 {
			t.Errorf("read %d without a node: took %v, want at most %v", i, took, fixture.Patience/10)
		}
	}
}
