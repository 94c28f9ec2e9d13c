package openapi

import (
	"net/http"
	"strings"

	"marquee/api/problem"
)

// The paths that Mount handles.
const (
	// DocumentPath is the path of the document.
	DocumentPath = "/openapi.json"
	// DocsPath is the path of the page. Its files are below it.
	DocsPath = "/docs"
)

// Mount serves DocumentPath, DocsPath and the paths below DocsPath. It passes all
// other requests to next unchanged, including unclean paths, which http.ServeMux
// would redirect.
func Mount(next http.Handler) http.Handler {
	document, page := documentHandler(), pageHandler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == DocumentPath:
			document.ServeHTTP(w, r)
		case path == DocsPath, strings.HasPrefix(path, DocsPath+"/"):
			page.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// documentHandler serves the document.
func documentHandler() http.Handler {
	file := newAsset("application/json", Document(), nil)
	return readOnly(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Expose-Headers", "ETag")
		file.serve(w, r)
	})
}

// readOnly passes GET and HEAD to the handler, answers OPTIONS, and refuses all other
// methods. All origins may read the replies.
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
