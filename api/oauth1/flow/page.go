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

// view is what the page shows: the question when App is set, else a text or the
// verifier.
type view struct {
	Title, Message string
	// Token is the request token that the question is about.
	Token, App string
	// Admin says that the app may do what admins may.
	Admin bool
	// Origin is where the user goes afterwards, "" for nowhere.
	Origin string
	// Verifier is what the user carries over to an app without a callback.
	Verifier string
}

// Ask shows a user which app wants to act for them (RFC 5849, section 2.2). An
// error is one of a store.
func (f *Flow) Ask(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), stepTimeout)
	defer cancel()
	q, err := f.question(ctx, r.URL.Query().Get("oauth_token"))
	if err != nil {
		return lost(w, err)
	}
	return show(w, http.StatusOK, q.view())
}

// question is what a user decides about.
type question struct {
	token, app, callback string
	role                 credential.Role
}

func (f *Flow) question(ctx context.Context, token string) (*question, error) {
	if token == "" || oauth1.CheckValue("oauth_token", token) != nil {
		return nil, storage.Errorf(storage.NotFound, "there is no such request token")
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

// Decide takes the user's answer and sends them back to the app. Who approves
// shows a bearer token: there is no session and no cookie, so no other site can
// approve in a user's name. An error is one of a store.
func (f *Flow) Decide(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), stepTimeout)
	defer cancel()
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return show(w, http.StatusBadRequest, view{Title: "The form is malformed"})
	}
	q, err := f.question(ctx, r.PostForm.Get("oauth_token"))
	if err != nil {
		return lost(w, err)
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
		again.Message = "This access token is not known."
		return show(w, http.StatusForbidden, again)
	}
	if err != nil {
		return fmt.Errorf("find who approves: %w", err)
	}
	verifier, err := f.requests.ApproveRequestToken(ctx, q.token, bearer)
	if err != nil {
		return lost(w, err)
	}
	if q.callback == OutOfBand {
		return show(w, http.StatusOK, view{Title: "Approved", Verifier: verifier})
	}
	q.sendBack(w, "oauth_verifier", verifier)
	return nil
}

// deny needs no proof of who says no: a request that nobody approves ends
// anyway.
func (f *Flow) deny(ctx context.Context, w http.ResponseWriter, q *question) error {
	if err := f.requests.DenyRequestToken(ctx, q.token); err != nil {
		return lost(w, err)
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

// lost tells the user that there is nothing to decide about; other errors than
// NotFound are the caller's.
func lost(w http.ResponseWriter, err error) error {
	if storage.CodeOf(err) != storage.NotFound {
		return fmt.Errorf("look up the request token: %w", err)
	}
	return show(w, http.StatusNotFound, view{Title: "There is nothing to approve", Message: fmt.Sprintf(
		"The app's request is not known, was decided about, or is older than %d minutes. Go back to the app and begin again.",
		int(requestTokenLife.Minutes()))})
}

// show sends the page.
func show(w http.ResponseWriter, status int, v view) error {
	var b bytes.Buffer
	if err := authorizePage.Execute(&b, v); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	protect(w, v.Origin).Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a client that is gone needs no answer
	return nil
}

// protect keeps the page out of frames, where clicks can be stolen (RFC 5849,
// section 4.14), its address out of the header Referer, and both out of caches.
// It runs no script; its style stands in it. The form goes to its own address,
// from where browsers follow a redirect only to an origin that is named too.
func protect(w http.ResponseWriter, origin string) http.Header {
	header := w.Header()
	header.Set("Content-Security-Policy", strings.TrimSpace("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "+
		"frame-ancestors 'none'; form-action 'self' "+origin))
	header.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	return header
}
