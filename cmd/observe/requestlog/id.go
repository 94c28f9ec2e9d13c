package requestlog

import "net/http"

// DropForeignIDs has only trusted callers give a request its id: an id is how lines
// in logs are found, and a stranger could give one that is another's.
func DropForeignIDs(trusted func(*http.Request) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["X-Request-Id"] != nil && !trusted(r) {
			r.Header.Del("X-Request-Id")
		}
		next.ServeHTTP(w, r)
	})
}
