package oauth1

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Another encoding of a used nonce is refused as well.
func TestNonceIsComparedDecoded(t *testing.T) {
	t.Parallel()
	for _, inQuery := range []bool{false, true} {
		f := newFixture(t, "https://api.example.com")
		send := func(nonce string) Reason {
			d := newDraft()
			d.inQuery = inQuery
			r := d.request()
			spell := strings.NewReplacer(`oauth_nonce="abc"`, `oauth_nonce="`+nonce+`"`, "oauth_nonce=abc", "oauth_nonce="+nonce)
			r.RequestURI = spell.Replace(r.RequestURI)
			for i, value := range r.Header["Authorization"] {
				r.Header["Authorization"][i] = spell.Replace(value)
			}
			_, err := f.Verify(t.Context(), r, nil)
			return reason(t, err)
		}
		for i, nonce := range []string{"abc", "abc", "%61bc", "a%62%63", "%61%62%63"} {
			want := NonceUsed
			if i == 0 {
				want = ""
			}
			if got := send(nonce); got != want {
				t.Errorf("in the query %t: the nonce sent as %s: got %q, want %q", inQuery, nonce, got, want)
			}
		}
	}
}

// Of concurrent copies of a request, one is accepted.
func TestConcurrentReplays(t *testing.T) {
	t.Parallel()
	const copies = 100
	f := newFixture(t, "https://api.example.com")
	errs := make([]error, copies)
	start := make(chan struct{})
	var wg sync.WaitGroup
	header := newDraft().request().Header
	for i := range copies {
		wg.Go(func() {
			r := newDraft().request()
			r.Header = header.Clone()
			<-start
			_, errs[i] = f.Verify(t.Context(), r, nil)
		})
	}
	close(start)
	wg.Wait()
	accepted := 0
	for _, err := range errs {
		switch got := reason(t, err); got {
		case "":
			accepted++
		case NonceUsed:
		default:
			t.Errorf("a copy: got %s, want %s", got, NonceUsed)
		}
	}
	if accepted != 1 {
		t.Errorf("got %d accepted copies, want 1", accepted)
	}
}

// The same nonce may be used with another app, token or timestamp.
func TestNonceBelongsToAppTokenAndTimestamp(t *testing.T) {
	t.Parallel()
	f := newFixture(t, "https://api.example.com")
	for _, change := range []func(*draft){
		func(*draft) {},
		func(d *draft) { d.protocol["oauth_timestamp"] = "137131202" },
		func(d *draft) { delete(d.protocol, "oauth_token"); d.tokenSecret = "" },
		func(d *draft) {
			d.protocol["oauth_consumer_key"], d.consumerSecret = "dpf43f3p2l4k3l03", "kd94hf93k423kf44"
			d.protocol["oauth_token"], d.tokenSecret = "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00"
		},
	} {
		d := newDraft()
		change(d)
		if _, err := f.Verify(t.Context(), d.request(), nil); err != nil {
			t.Error(err)
		}
	}
}

// A request is accepted once, with any timestamp in the window and at any time. Nonces
// are stored until the timestamp is too old, even for a server whose clock is slow by
// almost clockMargin.
func TestReplaysLater(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		clock := now
		f := newFixtureAt(t, "https://api.example.com", func() time.Time { return clock })
		dated := rapid.Int64Range(-300, 300).Draw(rt, "dated")
		d := newDraft()
		d.protocol["oauth_timestamp"] = fmt.Sprint(now.Unix() + dated)
		if _, err := f.Verify(t.Context(), d.request(), nil); err != nil {
			rt.Fatal(err)
		}
		clock = clock.Add(time.Duration(rapid.Int64Range(0, 700_000).Draw(rt, "later")) * time.Millisecond)
		f.nonces.now = func() time.Time { return clock.Add(clockMargin - time.Second) }
		_, err := f.Verify(t.Context(), d.request(), nil)
		if got := reason(t, err); got != NonceUsed && got != TimestampRefused {
			rt.Fatalf("the replay: got %v, want %s or %s", err, NonceUsed, TimestampRefused)
		}
	})
}
