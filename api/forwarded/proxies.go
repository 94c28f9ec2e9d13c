// Package forwarded finds the address of a client behind trusted proxies.
package forwarded

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// The headers in which a proxy may say whom it speaks for.
const (
	xForwardedFor   = "X-Forwarded-For"
	forwardedHeader = "Forwarded" // RFC 7239
)

// Proxies says whose word about the address of a client is taken. The zero value
// and nil trust nobody: the client is who connects.
type Proxies struct {
	trusted []netip.Prefix
	header  string
}

// NewProxies trusts proxies in networks, such as "10.0.0.0/8" or "2001:db8::1",
// to append the address of whoever connects to them to one header,
// X-Forwarded-For or Forwarded. The other header is never read: a proxy passes on
// what a client sends in it. An empty header is X-Forwarded-For.
func NewProxies(networks []string, header string) (*Proxies, error) {
	p := &Proxies{header: http.CanonicalHeaderKey(header)}
	switch p.header {
	case "":
		p.header = xForwardedFor
	case xForwardedFor, forwardedHeader:
	default:
		return nil, fmt.Errorf("trusted proxies: the header %q is not known; allowed: %s, %s", header, xForwardedFor, forwardedHeader)
	}
	for _, network := range networks {
		prefix, err := parseNetwork(network)
		if err != nil {
			return nil, fmt.Errorf("trusted proxies: %w", err)
		}
		p.trusted = append(p.trusted, prefix)
	}
	return p, nil
}

// mappedBits are the bits before an IPv4 address that is written as an IPv6 one.
const mappedBits = 96

// parseNetwork reads a prefix, or an address as the prefix of itself alone.
func parseNetwork(s string) (netip.Prefix, error) {
	var prefix netip.Prefix
	var err error
	if strings.Contains(s, "/") {
		prefix, err = netip.ParsePrefix(s)
	} else {
		var addr netip.Addr
		addr, err = netip.ParseAddr(s)
		prefix = netip.PrefixFrom(addr.WithZone(""), addr.BitLen())
	}
	if err != nil {
		return netip.Prefix{}, err
	}
	if addr := prefix.Addr(); addr.Is4In6() {
		if prefix.Bits() < mappedBits {
			return netip.Prefix{}, fmt.Errorf("the network %s holds more than IPv4-mapped addresses", s)
		}
		prefix = netip.PrefixFrom(addr.Unmap(), prefix.Bits()-mappedBits)
	}
	return prefix.Masked(), nil
}

// Client is the address of the client: of whoever connects, or, where that is a
// trusted proxy, of the nearest one before it that is not. What an untrusted peer
// says is not read at all, and nothing that lies before the first address which is
// not trusted: anybody can write there. Where the chain breaks, by text that is no
// address or an identifier that hides one, the client is the last proxy that was
// named. The zero Addr is a peer without an address, such as on a Unix socket.
//
// Addresses have no zone, and IPv4 ones are never mapped into IPv6.
func (p *Proxies) Client(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	client := peer.Addr().Unmap().WithZone("")
	if !p.trusts(client) {
		return client
	}
	for _, line := range slices.Backward(r.Header[p.header]) {
		for rest, more := line, true; more; {
			var element string
			rest, element, more = cutLast(rest, ',')
			hop, ok := p.hop(element)
			if !ok {
				return client
			}
			if client = hop; !p.trusts(client) {
				return client
			}
		}
	}
	return client
}

func (p *Proxies) trusts(a netip.Addr) bool {
	return p != nil && slices.ContainsFunc(p.trusted, func(n netip.Prefix) bool { return n.Contains(a) })
}

// hop reads one element of the header.
func (p *Proxies) hop(element string) (netip.Addr, bool) {
	element = trimSpace(element)
	if p.header == forwardedHeader {
		var ok bool
		if element, ok = forwardedFor(element); !ok {
			return netip.Addr{}, false
		}
	}
	return parseNode(element)
}

// subnetBits are the network's part of an IPv6 address (RFC 4291, section 2.5.1):
// the rest a host chooses by itself.
const subnetBits = 64

// LimitKey names whom a limit by address counts: an IPv4 address, or the /64 of
// an IPv6 address, out of which one host can use as many addresses as it likes.
// All who have no address share a key.
func LimitKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		return netip.PrefixFrom(a, subnetBits).Masked().String()
	}
	return a.String()
}

// Trusts reports whether a request comes from a proxy whose word is taken.
func (p *Proxies) Trusts(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && p.trusts(peer.Addr().Unmap().WithZone(""))
}
