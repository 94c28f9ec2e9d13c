package devstack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"marquee/deploy/devstack/fault"
	"marquee/deploy/devstack/server"
)

const (
	// clusterNodes is the smallest size of a Redis Cluster.
	clusterNodes = 3
	// clusterSlots is the number of hash slots of a Redis Cluster.
	clusterSlots = 16384
	clusterPoll  = 20 * time.Millisecond
)

// RedisCluster is a Redis Cluster that belongs to one test, as its nodes.
type RedisCluster []*Server

// StartRedisCluster starts a cluster without replicas. It takes two seconds, because the nodes have to meet.
func StartRedisCluster(t testing.TB) RedisCluster {
	t.Helper()
	var nodes RedisCluster
	var clients []*redis.Client
	for range clusterNodes {
		node := startServer(t, "Redis", func(ctx context.Context, dir string) (fault.Server, error) {
			return server.Redis(ctx, dir, "--cluster-enabled", "yes", "--cluster-node-timeout", "15000")
		})
		nodes = append(nodes, node)
		client := redis.NewClient(&redis.Options{Addr: strings.TrimPrefix(node.URL(), "redis://")})
		defer client.Close()
		clients = append(clients, client)
	}
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	nodes[0].check("form a cluster", form(ctx, clients))
	return nodes
}

// URL returns the addresses of all nodes, separated by commas.
func (c RedisCluster) URL() string {
	urls := make([]string, len(c))
	for i, node := range c {
		urls[i] = node.URL()
	}
	return strings.Join(urls, ",")
}

// form assigns the slots to the nodes, introduces the nodes, and waits until each one knows all others.
func form(ctx context.Context, nodes []*redis.Client) error {
	host, port, err := net.SplitHostPort(nodes[0].Options().Addr)
	if err != nil {
		return err
	}
	for i, node := range nodes {
		first, next := i*clusterSlots/len(nodes), (i+1)*clusterSlots/len(nodes)
		err := errors.Join(node.ClusterAddSlotsRange(ctx, first, next-1).Err(), node.ClusterMeet(ctx, host, port).Err())
		if err != nil {
			return err
		}
	}
	want := fmt.Sprintf("cluster_known_nodes:%d", len(nodes))
	for _, node := range nodes {
		for {
			info, err := node.ClusterInfo(ctx).Result()
			if err != nil {
				return err
			}
			if strings.Contains(info, "cluster_state:ok") && strings.Contains(info, want) {
				break
			}
			time.Sleep(clusterPoll)
		}
	}
	return nil
}
