package requestlog

import "net/http"

// DropForeignIDs removes X-Request-Id from requests of callers that are not trusted.
// Operators find lines of the log by the id, and a stranger could send the id of
// another request.
func DropForeignIDs(trusted func(*http.Request) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["X-Request-Id"] != nil && !trusted(r) {
			r.Header.Del("X-Request-Id")
		}
		next.ServeHTTP(w, r)
	})
}
