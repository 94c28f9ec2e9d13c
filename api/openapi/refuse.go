package openapi

import (
	"crypto/rand"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
)

// refuse answers an error in the form of all others: a problem of the table.
func refuse(w http.ResponseWriter, status int, detail string) {
	id := w.Header().Get("X-Request-Id")
	if id == "" { // nothing outside gave the request one
		id = rand.Text()
		w.Header().Set("X-Request-Id", id)
	}
	body := object{{"meta", object{{"request_id", id}}}}
	for _, p := range problemTable {
		if p.status == status {
			p.detail = detail
			body = append(body, p.example()[1:]...)
			break
		}
	}
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	_, _ = w.Write(data) // net/http drops it for HEAD; a client that is gone needs none
}
