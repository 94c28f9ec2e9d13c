package openapi

import (
	"crypto/rand"
	"net/http"
	"strconv"

	"marquee/api/problem"
)

// refuse answers with a problem, as package api does.
func refuse(w http.ResponseWriter, p *problem.Problem) {
	id := w.Header().Get("X-Request-Id")
	if id == "" { // no middleware has set one
		id = rand.Text()
		w.Header().Set("X-Request-Id", id)
	}
	data := p.Encode(id)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(p.Status)
	_, _ = w.Write(data) // net/http drops the body for HEAD; a client that has left needs none
}
