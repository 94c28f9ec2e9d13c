package supervisor

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// The ports are below the range from which Linux takes the local ports of outgoing connections (32768 and up). A free
// port in that range could be taken by a connection while postgres restarts, even by one of the program's own, which
// then talks to itself.
const (
	firstPort, lastPort = 15000, 29999
	portTries           = 50
)

// freePort returns a loopback port without a listener.
func freePort() (int, error) {
	for range portTries {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if portIsFree(port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free loopback port among %d tried between %d and %d", portTries, firstPort, lastPort)
}

func portIsFree(port int) bool {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return false
	}
	l.Close()
	return true
}
