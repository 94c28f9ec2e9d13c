package server

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are below the range of local ports of outgoing connections on Linux (32768 and up). A connection could otherwise
// take a server's port while the server restarts. A node of a Redis Cluster also uses the port 10,000 above its own.
const firstPort, lastPort, clusterBus = 15000, 22767, 10000

const freePortTries = 50

// FreePort returns a loopback port without a listener. The system assigns none of these ports to listeners on port 0.
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
