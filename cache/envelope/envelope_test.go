package envelope

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"marquee/cache/encoding"
	"marquee/cache/plan"
	"marquee/cache/response"
)

// long is a text that shrinks.
var long = strings.Repeat(`{"title":"The Third Man","year":1949},`, 40)

// prepare makes encodings of a response.
func prepare(p *response.Response, encodings ...string) {
	for _, name := range encodings {
		p.Prepare(&http.Request{Header: http.Header{"Accept-Encoding": {name}}})
	}
}

func drawEnvelope(t *rapid.T) *Envelope {
	header := http.Header{}
	for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"Etag", "Last-Modified", "Link", "Vary", "X-Request-Id", "Cache-Control"}), rapid.ID[string]).Draw(t, "names") {
		header[name] = rapid.SliceOfN(rapid.StringMatching(`[ -~]{0,30}`), 1, 3).Draw(t, name)
	}
	status := rapid.SampledFrom([]int{http.StatusOK, http.StatusNotFound}).Draw(t, "status")
	p := response.New(status, header, bytes.Repeat(rapid.SliceOf(rapid.Byte()).Draw(t, "body"), rapid.IntRange(1, 30).Draw(t, "times")))
	prepare(p, rapid.SliceOf(rapid.SampledFrom([]string{"br", "zstd", "gzip"})).Draw(t, "encodings")...)
	number := rapid.Int64Range(0, 1<<40)
	life := func(name string) time.Duration { return time.Duration(number.Draw(t, name)) }
	instant := func(name string) time.Time {
		if n := number.Draw(t, name); n > 0 {
			return time.Unix(0, n)
		}
		return time.Time{}
	}
	source := rapid.SampledFrom([]plan.Source{plan.Committed, plan.Indexed})
	part := rapid.Custom(func(t *rapid.T) plan.Part {
		return plan.Part{Target: rapid.String().Draw(t, "target"), Source: source.Draw(t, "source"), AsOf: number.Draw(t, "as of")}
	})
	return &Envelope{
		Target: rapid.String().Draw(t, "target"), Response: p, Made: number.Draw(t, "made"),
		Positions: [plan.Sources]int64{number.Draw(t, "committed position"), number.Draw(t, "indexed position")},
		Description: plan.Description{
			AsOf: number.Draw(t, "as of"), Source: source.Draw(t, "source"),
			Lifetimes: plan.Lifetimes{Fresh: life("fresh"), WhileRevalidate: life("while"), IfError: life("error")},
			From:      instant("from"), Until: instant("until"), Parts: rapid.SliceOfN(part, 0, plan.MaxParts).Draw(t, "parts"),
		},
	}
}

// diff compares all exported fields and the parts of the responses.
func diff(a, b *Envelope) string {
	return cmp.Diff(a, b, cmpopts.EquateEmpty(), cmp.Transformer("Parts", func(p *response.Response) response.Parts { return p.Parts() }))
}

func TestDecodeReturnsWhatWasEncoded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawEnvelope(t)
		got, err := Decode(e.Encode(), e.Target)
		if err != nil {
			t.Fatal(err)
		}
		if diff := diff(e, &got); diff != "" {
			t.Fatalf("(-encoded +decoded):\n%s", diff)
		}
	})
}

// A flipped bit or a missing end makes an envelope invalid, and so does another target.
func TestDecodeNoticesDamage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := drawEnvelope(t)
		b := e.Encode()
		if _, err := Decode(b[:rapid.IntRange(0, len(b)-1).Draw(t, "length")], e.Target); !errors.Is(err, ErrInvalid) {
			t.Fatalf("truncated: got error %v, want %v", err, ErrInvalid)
		}
		if _, err := Decode(b, e.Target+"x"); !errors.Is(err, ErrInvalid) {
			t.Fatalf("another target: got error %v, want %v", err, ErrInvalid)
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := Decode(b, e.Target); !errors.Is(err, ErrInvalid) {
			t.Fatalf("a flipped bit: got error %v, want %v", err, ErrInvalid)
		}
	})
}

// A hit in the shared level pays for the decoding. A film has 12 headers and three
// encodings; with three allocations for each header that would be 36. Not parallel: it
// counts the allocations of the process.
func TestDecodeAllocatesLittle(t *testing.T) {
	header := http.Header{"Etag": {`"1-a"`}}
	for n := range 12 {
		header[fmt.Sprintf("X-%02d", n)] = []string{"a value"}
	}
	e := Envelope{Target: "/film", Response: response.New(http.StatusOK, header, []byte(long)), Made: 1, Description: plan.Description{AsOf: 7}}
	prepare(e.Response, "br", "zstd", "gzip")
	b := e.Encode()
	allocations := testing.AllocsPerRun(100, func() {
		if _, err := Decode(b, "/film"); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 9 {
		t.Errorf("got %v allocations, want at most 9", allocations)
	}
}

// fieldOverhead is the largest size of an empty header field or encoding.
const fieldOverhead = 96

// Any bytes with a valid checksum are an envelope or an error. They never take more
// memory than their length explains.
func FuzzDecode(f *testing.F) {
	e := Envelope{
		Target: "/film", Made: 1, Description: plan.Description{
			AsOf: 7, Lifetimes: plan.Lifetimes{Fresh: time.Minute}, From: time.Unix(1, 0), Until: time.Unix(2, 0),
			Parts: []plan.Part{{Target: "/films", Source: plan.Indexed, AsOf: 6}, {Target: "/films?ids=1", AsOf: 7}},
		},
		Response: response.New(http.StatusOK, http.Header{"Etag": {`"1-a"`}, "Link": {"a", "b"}}, []byte(long)),
	}
	prepare(e.Response, "br", "zstd", "gzip")
	f.Add(e.Encode())
	missing := Envelope{Target: "/film", Response: response.New(http.StatusNotFound, http.Header{}, nil)}
	f.Add(missing.Encode())
	f.Add([]byte("mqr\x02"))
	f.Fuzz(func(t *testing.T, given []byte) {
		b := bytes.Clone(given)
		if len(b) >= prefix {
			copy(b, magic)
			b[len(magic)] = Version
			binary.LittleEndian.PutUint32(b[len(magic)+1:], crc32.Checksum(b[prefix:], castagnoli))
		}
		e, err := Decode(b, "/film")
		if err != nil {
			return
		}
		if size := e.Response.Size(); size > len(b)*(fieldOverhead+2)+encoding.Count*fieldOverhead {
			t.Errorf("%d bytes became a response of %d", len(b), size)
		}
		again, err := Decode(e.Encode(), "/film")
		if err != nil {
			t.Fatalf("cannot decode a decoded envelope after encoding it: %v", err)
		}
		if diff := diff(&e, &again); diff != "" {
			t.Errorf("(-decoded +encoded and decoded):\n%s", diff)
		}
	})
}
