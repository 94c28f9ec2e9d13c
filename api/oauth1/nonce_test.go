package oauth1

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A nonce is what it decodes to: a replay cannot be made fresh by its spelling.
func TestSpellingMakesNoNewNonce(t *testing.T) {
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
				t.Errorf("query %t: the nonce sent as %s: %q, want %q", inQuery, nonce, got, want)
			}
		}
	}
}

// Of many copies that arrive at once, one is accepted.
func TestReplaysAtOnce(t *testing.T) {
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
			t.Errorf("a copy was refused: %s", got)
		}
	}
	if accepted != 1 {
		t.Errorf("%d copies were accepted, want 1", accepted)
	}
}

// The nonce belongs to the app, the token and the second: others may have the
// same.
func TestNonceIsSharedByNobody(t *testing.T) {
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

// However a request is dated within the window, and whenever it is sent again,
// it is accepted once: nonces are kept until the timestamp is too old, also when
// another server's clock is up to the margin behind.
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
			rt.Fatalf("accepted again: %v", err)
		}
	})
}
