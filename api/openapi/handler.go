package openapi

import (
	"marquee/api/problem"
	"net/http"
	"strings"
)

// Paths at which Mount puts the handlers.
const (
	// DocumentPath is where the document is.
	DocumentPath = "/openapi.json"
	// DocsPath is where the page is; its files are below.
	DocsPath = "/docs"
)

// Mount answers DocumentPath, DocsPath and what is below it, and leaves all
// other requests to next as they came. Paths are compared as they are: a
// http.ServeMux would redirect unclean ones away from next.
func Mount(next http.Handler) http.Handler {
	document, docs := Handler(), Docs()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == DocumentPath:
			document.ServeHTTP(w, r)
		case path == DocsPath, strings.HasPrefix(path, DocsPath+"/"):
			docs.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// Handler serves the document, at whatever path it is mounted.
func Handler() http.Handler {
	document := newAsset("application/json", Document(), nil)
	return readOnly(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Expose-Headers", "ETag")
		document.serve(w, r)
	})
}

// readOnly leaves GET and HEAD to the handler, answers OPTIONS and refuses all
// other methods. Every origin may read what is there.
func readOnly(handler http.HandlerFunc) http.Handler {
	const allow = "GET, HEAD, OPTIONS"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			handler(w, r)
		case http.MethodOptions:
			w.Header().Set("Allow", allow)
			w.Header().Set("Access-Control-Allow-Methods", allow)
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Allow", allow)
			refuse(w, problem.New(problem.MethodNotAllowed, "this is only read; allowed: %s", allow))
		}
	})
}
