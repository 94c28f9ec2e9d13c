package openapi

import (
	"embed"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/swaggest/swgui/v5/static"

	"marquee/api/problem"
)

//go:embed page/docs.html page/docs.js
var page embed.FS

// policy restricts the page to its own origin. Swagger UI needs style attributes and
// icons from data URLs. No script is inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// assets has the page and its files, by their path below DocsPath.
var assets = sync.OnceValue(func() map[string]*asset {
	read := func(name string) []byte {
		data, err := page.ReadFile("page/" + name)
		return must(data, err)
	}
	bundled := func(name string) []byte {
		data, err := static.FS.ReadFile(name)
		return must(data, err)
	}
	return map[string]*asset{
		"":                      newAsset("text/html; charset=utf-8", read("docs.html"), nil),
		"/docs.js":              newAsset("text/javascript; charset=utf-8", read("docs.js"), nil),
		"/swagger-ui-bundle.js": newAsset("text/javascript; charset=utf-8", nil, bundled("swagger-ui-bundle.js.gz")),
		"/swagger-ui.css":       newAsset("text/css; charset=utf-8", nil, bundled("swagger-ui.css.gz")),
		"/favicon-32x32.png":    newAsset("image/png", bundled("favicon-32x32.png"), nil),
	}
})

// must returns the content of an embedded file, and panics if it is missing.
func must(data []byte, err error) []byte {
	if err != nil {
		panic(fmt.Sprintf("openapi: read an embedded file: %v", err))
	}
	return data
}

// pageHandler serves the page, which is Swagger UI, at DocsPath, and its files below.
func pageHandler() http.Handler {
	return readOnly(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == DocsPath+"/" { // the page names its files relative to the folder of DocsPath
			http.Redirect(w, r, "../docs", http.StatusMovedPermanently)
			return
		}
		name, below := strings.CutPrefix(r.URL.Path, DocsPath)
		a := assets()[name]
		if !below || a == nil {
			refuse(w, problem.NotFoundf("there is nothing at this path"))
			return
		}
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
		a.serve(w, r)
	})
}
