package cache

import (
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// slowProxy stands between a process and its Redis. Whatever passes is held up
// for the delay, which can be changed at any time.
type slowProxy struct {
	listener net.Listener
	upstream string
	delay    atomic.Int64
	done     chan struct{}
}

func startSlowProxy(t testing.TB, upstream string) *slowProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &slowProxy{listener: listener, upstream: upstream, done: make(chan struct{})}
	go p.accept()
	t.Cleanup(func() {
		close(p.done)
		_ = listener.Close()
	})
	return p
}

func (p *slowProxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.upstream)
		if err != nil {
			_ = client.Close()
			continue
		}
		go p.pass(server, client)
		go p.pass(client, server)
	}
}

func (p *slowProxy) pass(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			held := time.NewTimer(time.Duration(p.delay.Load()))
			select {
			case <-held.C:
			case <-p.done:
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
