package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkRead measures the API over a catalogue in memory.
func BenchmarkRead(b *testing.B) {
	c, _ := seeded(b)
	for name, target := range map[string]string{
		"object": "/2.0/movies/1", "fields": "/2.0/movies/1?fields=title,images.poster", "list": "/2.0/movies?limit=3&sort=-year&genres=ALL&year=1900..",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				c.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
