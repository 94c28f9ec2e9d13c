// Package forwarded finds the address of a client that connects through
// trusted proxies, from X-Forwarded-For or Forwarded (RFC 7239).
package forwarded

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// The headers to which a proxy can append the address of its peer.
const (
	xForwardedFor   = "X-Forwarded-For"
	forwardedHeader = "Forwarded"
)

// Proxies are the networks of trusted proxies, and the header that they append
// to. The zero value and nil trust no proxy: the client is the peer of the
// connection.
type Proxies struct {
	trusted []netip.Prefix
	header  string
}

// NewProxies trusts the proxies in networks, such as "10.0.0.0/8" or
// "2001:db8::1", to append the address of their peer to one header:
// X-Forwarded-For, which is the default for "", or Forwarded. The other header
// is never read, because a proxy passes it on as the client sent it.
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

// mappedBits is the length of the prefix ::ffff:0:0/96, before which an IPv4
// address is mapped into IPv6.
const mappedBits = 96

// parseNetwork parses a prefix. An address is the prefix that holds only itself.
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

// Client returns the address of the client. It walks the chain of proxies back
// from the peer of the connection, and stops at the first address that is not
// trusted: anybody can have written the elements before that one. An element
// without an address breaks the chain; the client is then the last proxy that
// was named. The result is the zero Addr for a peer without an address, such as
// on a Unix socket.
//
// The result has no zone, and is never an IPv4 address mapped into IPv6.
func (p *Proxies) Client(r *http.Request) netip.Addr {
	client, ok := peer(r)
	if !ok || !p.trusts(client) {
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

// Trusts reports whether the peer of the connection is a trusted proxy.
func (p *Proxies) Trusts(r *http.Request) bool {
	a, ok := peer(r)
	return ok && p.trusts(a)
}

// peer returns the address at the other end of the connection.
func peer(r *http.Request) (a netip.Addr, ok bool) {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	return ap.Addr().Unmap().WithZone(""), true
}

func (p *Proxies) trusts(a netip.Addr) bool {
	return p != nil && slices.ContainsFunc(p.trusted, func(n netip.Prefix) bool { return n.Contains(a) })
}

// hop parses one element of the header.
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

// subnetBits is the length of an IPv6 network prefix (RFC 4291, section 2.5.1).
// A host chooses the other bits itself.
const subnetBits = 64

// LimitKey returns the key under which a rate limit counts an address: an IPv4
// address itself, the /64 of an IPv6 address, because one host can use all of
// its addresses. All peers without an address share one key.
func LimitKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		return netip.PrefixFrom(a, subnetBits).Masked().String()
	}
	return a.String()
}
