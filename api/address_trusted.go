package api

import (
	"net/http"
	"net/netip"
)

// Trusts reports whether a request comes from a proxy whose word is taken.
func (p *Proxies) Trusts(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && p.trusts(peer.Addr().Unmap().WithZone(""))
}
