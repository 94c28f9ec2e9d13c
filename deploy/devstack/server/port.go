package server

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports lie below the range from which Linux takes the local ports of outgoing connections (32768 and up): one of those
// could take a server's port while it restarts.
const firstPort, lastPort = 15000, 29999

const freePortTries = 50

func freePort() (int, error) {
	for range freePortTries {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if portIsFree(port) {
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
