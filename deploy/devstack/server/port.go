package server

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports lie below the range from which Linux takes the local ports of outgoing connections (32768 and up): one of those
// could take a server's port while it restarts. A node of a Redis Cluster also takes the port 10,000 above its own.
const firstPort, lastPort, clusterBus = 15000, 22767, 10000

const freePortTries = 50

// FreePort is a loopback port at which nobody listens, and which is not given to anybody who asks for any.
func FreePort() (int, error) {
	for range freePortTries {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if portIsFree(port) && portIsFree(port+clusterBus) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free loopback port among %d tried between %d and %d", freePortTries, firstPort, lastPort)
}

func portIsFree(port int) bool {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
