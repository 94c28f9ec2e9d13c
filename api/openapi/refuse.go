package openapi

import (
	"crypto/rand"
	"net/http"
	"strconv"

	"marquee/api/problem"
)

// refuse answers an error in the form of all others.
func refuse(w http.ResponseWriter, p *problem.Problem) {
	id := w.Header().Get("X-Request-Id")
	if id == "" { // nothing outside gave the request one
		id = rand.Text()
		w.Header().Set("X-Request-Id", id)
	}
	data := p.Encode(id)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(p.Status)
	_, _ = w.Write(data) // net/http drops it for HEAD; a client that is gone needs none
}
