package program

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"marquee/deploy/devstack"
)

// Over a Redis Cluster, processes share answers, limits and nonces as over one
// server, spread over all nodes; and one that is lost costs no answer.
func TestRedisCluster(t *testing.T) {
	t.Parallel()
	nodes := devstack.StartRedisCluster(t)
	e := managed(t)
	e["MARQUEE_REDIS_URL"], e["MARQUEE_PUBLIC_URL"] = nodes.URL(), publicURL
	e["MARQUEE_LIMIT_ADDRESS"], e["MARQUEE_LIMIT_USER"] = "200000", "15" // one write at once
	c := newApp(t, e, "ann")
	first, second := startServing(t, e), startServing(t, e)

	offset, shared := 0, 0
	eventually(t, func() error { // answers are put there behind requests, so some come too early
		offset++
		target := fmt.Sprintf("/2.0/movies?offset=%d", offset)
		first.public().get(t, target)
		if sourceOf(second.public().get(t, target)) == "SHARED" {
			shared++
		}
		if shared < 30 {
			return fmt.Errorf("%d of %d answers were shared", shared, offset)
		}
		return nil
	})
	for i, node := range nodes {
		client := redis.NewClient(&redis.Options{Addr: strings.TrimPrefix(node.URL(), "redis://")})
		defer client.Close()
		if keys, err := client.DBSize(t.Context()).Result(); err != nil || keys == 0 {
			t.Errorf("node %d has %d keys, %v", i, keys, err)
		}
	}

	app := credentials{key: c.key, secret: c.secret} // which has no limit
	_, header := first.signedBy(t, app, "POST", "/2.0/genres", `{"genre":{"name":"Sea"}}`, http.StatusCreated, "")
	repeated := second.signed(t, app, "POST", "/2.0/genres", `{"genre":{"name":"Sea"}}`, http.StatusForbidden, header)
	contains(t, repeated.header.Get("WWW-Authenticate"), "nonce_used")
	inOneAttempt(t, func(i int) error {
		return userShared(t, e, [2]site{first.public(), second.public()}, c, fmt.Sprint("ann", i))
	})

	nodes[1].Kill()
	for i := range 30 {
		began := time.Now()
		first.public().get(t, fmt.Sprintf("/2.0/movies?offset=%d", offset+1+i))
		if took := time.Since(began); took > patience/10 {
			t.Errorf("an answer without a node took %v", took)
		}
	}
}
