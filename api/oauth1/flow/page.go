package flow

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"marquee/api/oauth1"
	"marquee/storage"
	"marquee/storage/credential"
)

//go:embed page/authorize.html
var authorizeHTML string

var authorizePage = template.Must(template.New("authorize").Parse(authorizeHTML))

// view has the contents of the page: the question if App is set, else a message or a
// verifier.
type view struct {
	Title, Message string
	// Token is the request token of the question.
	Token, App string
	// Admin is true if the app may act as an admin.
	Admin bool
	// Origin is the origin of the callback, "" for OutOfBand.
	Origin string
	// Verifier is the verifier that the user copies to an app without a callback.
	Verifier string
}

// Ask shows the page that asks a user whether an app may act for them (RFC 5849,
// section 2.2). It returns the errors of the stores.
func (f *Flow) Ask(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), stepTimeout)
	defer cancel()
	q, err := f.question(ctx, r.URL.Query().Get("oauth_token"))
	if err != nil {
		return showNotFound(w, err)
	}
	return show(w, http.StatusOK, q.view())
}

// question is an undecided request of an app.
type question struct {
	token, app, callback string
	role                 credential.Role
}

func (f *Flow) question(ctx context.Context, token string) (*question, error) {
	if token == "" || oauth1.CheckValue("oauth_token", token) != nil {
		return nil, storage.Errorf(storage.NotFound, "the request token does not exist")
	}
	app, role, callback, err := f.requests.RequestedAccess(ctx, token)
	return &question{token: token, app: app, callback: callback, role: role}, err
}

func (q *question) view() view {
	return view{
		Title: "Let " + q.app + " act for you?", Token: q.token, App: q.app,
		Admin: q.role == credential.Admin, Origin: callbackOrigin(q.callback),
	}
}

// maxForm bounds the form in bytes.
const maxForm = 8 << 10

// Decide records the decision of the user and sends them back to the app. To approve,
// the user enters a bearer token. There is no session and no cookie, so no other site
// can approve in the name of a user. It returns the errors of the stores.
func (f *Flow) Decide(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), stepTimeout)
	defer cancel()
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return show(w, http.StatusBadRequest, view{Title: "The form is malformed"})
	}
	q, err := f.question(ctx, r.PostForm.Get("oauth_token"))
	if err != nil {
		return showNotFound(w, err)
	}
	switch r.PostForm.Get("decision") {
	case "approve":
		return f.approve(ctx, w, q, strings.TrimSpace(r.PostForm.Get("token")))
	case "deny":
		return f.deny(ctx, w, q)
	}
	return show(w, http.StatusBadRequest, view{Title: "The form is malformed"})
}

func (f *Flow) approve(ctx context.Context, w http.ResponseWriter, q *question, bearer string) error {
	_, err := f.users.Authenticate(ctx, bearer)
	if storage.CodeOf(err) == storage.NotFound {
		again := q.view()
		again.Message = "This access token is unknown."
		return show(w, http.StatusForbidden, again)
	}
	if err != nil {
		return fmt.Errorf("look up the user who approves: %w", err)
	}
	verifier, err := f.requests.ApproveRequestToken(ctx, q.token, bearer)
	if err != nil {
		return showNotFound(w, err)
	}
	if q.callback == OutOfBand {
		return show(w, http.StatusOK, view{Title: "Approved", Verifier: verifier})
	}
	q.sendBack(w, "oauth_verifier", verifier)
	return nil
}

// deny needs no bearer token: a request that nobody approves expires anyway.
func (f *Flow) deny(ctx context.Context, w http.ResponseWriter, q *question) error {
	if err := f.requests.DenyRequestToken(ctx, q.token); err != nil {
		return showNotFound(w, err)
	}
	if q.callback == OutOfBand {
		return show(w, http.StatusOK, view{Title: "Denied", Message: q.app + " may not act for you."})
	}
	q.sendBack(w, "oauth_problem", string(oauth1.UserRefused))
	return nil
}

// sendBack redirects to the callback, with GET (RFC 5849, section 2.2).
func (q *question) sendBack(w http.ResponseWriter, name, value string) {
	header := protect(w, "")
	query := "oauth_token=" + url.QueryEscape(q.token) + "&" + name + "=" + url.QueryEscape(value)
	header.Set("Location", addQuery(q.callback, query))
	w.WriteHeader(http.StatusSeeOther)
}

// showNotFound shows the page for an error of code NotFound: there is nothing to decide.
// It returns other errors.
func showNotFound(w http.ResponseWriter, err error) error {
	if storage.CodeOf(err) != storage.NotFound {
		return fmt.Errorf("look up the request token: %w", err)
	}
	return show(w, http.StatusNotFound, view{Title: "There is nothing to approve", Message: fmt.Sprintf(
		"The request of the app is unknown, already decided, or older than %d minutes. Go back to the app and start again.",
		int(requestTokenLife.Minutes()))})
}

// show sends the page, or returns an error before it has sent anything.
func show(w http.ResponseWriter, status int, v view) error {
	var b bytes.Buffer
	if err := authorizePage.Execute(&b, v); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	protect(w, v.Origin).Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a client that has left needs no response
	return nil
}

// protect sets the security headers of the page. Other sites cannot show it in a frame
// and steal clicks (RFC 5849, section 4.14). Its URL is not sent in Referer, and no
// cache stores it. The page has no script, and its style is inline. The form is sent
// to its own URL; browsers follow the redirect only to an origin in form-action.
func protect(w http.ResponseWriter, origin string) http.Header {
	header := w.Header()
	header.Set("Content-Security-Policy", strings.TrimSpace("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "+
		"frame-ancestors 'none'; form-action 'self' "+origin))
	header.Set("X-Frame-Options", "DENY") // for browsers without frame-ancestors
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	return header
}
