package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/cache/plan"
)

// plain is what of an entry has to survive the way through the shared level.
type plain struct {
	Target, Tag, RequestID, Body string
	Status                       int
	Source                       plan.Source
	AsOf, Made, Counted          int64
	Lifetimes                    plan.Lifetimes
	Header, NotModified          []string
	Forms                        []string
}

func plainOf(e *entry) plain {
	p := plain{
		Target: e.target, Tag: e.tag, RequestID: e.requestID, Body: string(e.body), Status: e.status, Source: e.source,
		AsOf: e.asOf.Load(), Made: e.made, Counted: e.counted, Lifetimes: e.lifetimes,
	}
	for _, f := range e.header {
		p.Header = append(append(p.Header, f.name), f.values...)
	}
	for _, f := range e.notModified {
		p.NotModified = append(append(p.NotModified, f.name), f.values...)
	}
	for c := range codings {
		if e.forms.body(coding(c)) != nil {
			f, _ := e.form(coding(c))
			p.Forms = append(append(p.Forms, codingNames[c], string(f.body)), slices.Concat(f.length, f.coding, f.tag)...)
		}
	}
	return p
}

func drawEntry(t *rapid.T) *entry {
	header := http.Header{}
	for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"Etag", "Last-Modified", "Link", "Vary", "X-Request-Id", "Cache-Control"}), rapid.ID[string]).Draw(t, "names") {
		header[name] = rapid.SliceOfN(rapid.StringMatching(`[ -~]{0,30}`), 1, 3).Draw(t, name)
	}
	status := rapid.SampledFrom([]int{http.StatusOK, http.StatusNotFound}).Draw(t, "status")
	p := newResponse(status, header, bytes.Repeat(rapid.SliceOf(rapid.Byte()).Draw(t, "body"), rapid.IntRange(1, 30).Draw(t, "times")))
	number := rapid.Int64Range(0, 1<<40)
	life := func(name string) time.Duration { return time.Duration(number.Draw(t, name)) }
	e := newEntry(rapid.String().Draw(t, "target"), p, plan.Description{
		AsOf: number.Draw(t, "as of"), Source: rapid.SampledFrom([]plan.Source{plan.Committed, plan.Indexed}).Draw(t, "source"),
		Lifetimes: plan.Lifetimes{Fresh: life("fresh"), WhileRevalidate: life("while"), IfError: life("error")},
	}, number.Draw(t, "made"), number.Draw(t, "counted"))
	if rapid.Bool().Draw(t, "forms") {
		e.completeForms()
	}
	return e
}

func TestEnvelopeKeepsAnEntry(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawEntry(t)
		got, err := decode(e.encode(), e.target)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plainOf(e), plainOf(got)); diff != "" {
			t.Fatalf("(-before +after):\n%s", diff)
		}
	})
}

// Any bit that is another makes it a miss, and so does any end that is missing.
func TestEnvelopeNoticesDamage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawEntry(t)
		b := e.encode()
		if _, err := decode(b[:rapid.IntRange(0, len(b)-1).Draw(t, "length")], e.target); !errors.Is(err, errEnvelope) {
			t.Fatalf("cut off: %v", err)
		}
		if _, err := decode(b, e.target+"x"); !errors.Is(err, errEnvelope) {
			t.Fatalf("another target: %v", err)
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := decode(b, e.target); !errors.Is(err, errEnvelope) {
			t.Fatalf("a bit that is another: %v", err)
		}
	})
}

// A hit in the shared level pays for its decoding: of a film's 12 headers and
// three encodings, three allocations a header would be 36. Not parallel: it counts
// the allocations of the process.
func TestDecodeAllocatesLittle(t *testing.T) {
	header := http.Header{"Etag": {`"1-a"`}}
	for n := range 12 {
		header[fmt.Sprintf("X-%02d", n)] = []string{"a value"}
	}
	e := newEntry("/film", newResponse(http.StatusOK, header, []byte(long)), plan.Description{AsOf: 7, Lifetimes: usual}, 1, 0)
	e.completeForms()
	b := e.encode()
	allocations := testing.AllocsPerRun(100, func() {
		if _, err := decode(b, "/film"); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 10 {
		t.Errorf("%v allocations", allocations)
	}
}

// Whatever lies in the shared level, even with a right checksum, is an entry or
// an error, and never more memory than its bytes explain.
func FuzzDecode(f *testing.F) {
	p := newResponse(http.StatusOK, http.Header{"Etag": {`"1-a"`}, "Link": {"a", "b"}}, []byte("film"))
	e := newEntry("/film", p, plan.Description{AsOf: 7, Lifetimes: usual}, 1, 0)
	e.completeForms()
	f.Add(e.encode())
	f.Add(newEntry("/film", newResponse(http.StatusNotFound, http.Header{}, nil), plan.Description{}, 0, 0).encode())
	f.Add([]byte("mqr\x02"))
	f.Fuzz(func(t *testing.T, given []byte) {
		b := bytes.Clone(given)
		if len(b) >= envelopeHead {
			copy(b, envelopeMagic)
			b[len(envelopeMagic)] = envelopeVersion
			binary.LittleEndian.PutUint32(b[len(envelopeMagic)+1:], crc32.Checksum(b[envelopeHead:], castagnoli))
		}
		e, err := decode(b, "/film")
		if err != nil {
			return
		}
		if int(e.weight()) > entryOverhead+len(b)*(fieldOverhead+2)+codings*fieldOverhead {
			t.Errorf("%d bytes became %d", len(b), e.weight())
		}
		again, err := decode(e.encode(), "/film")
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if diff := cmp.Diff(plainOf(e), plainOf(again)); diff != "" {
			t.Errorf("(-read +written and read):\n%s", diff)
		}
	})
}
