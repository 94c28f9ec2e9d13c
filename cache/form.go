package cache

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// coding is a content coding (RFC 9110, section 8.4.1). Their order is the
// order of preference among those that a client wants equally. Each form is
// made once and sent many times, so the smallest goes first. The other two
// differ by 3 % on lists, and zstd is the one that clients decode faster.
type coding uint8

const (
	brotliCoding coding = iota
	zstdCoding
	gzipCoding
	identityCoding
	codings = int(identityCoding) // those that encode
)

// codingNames are the names in Accept-Encoding and Content-Encoding.
var codingNames = [...]string{"br", "zstd", "gzip", "identity"}

// minEncoded is the size in bytes below which nothing is encoded unless a
// client refuses it plain: it fits into the packet that the headers open.
const minEncoded = 256

// form is a body in one encoding with the header values that go with it.
type form struct {
	body                []byte
	length, coding, tag []string
	// worth is false when the form is not smaller than the body as it is.
	worth bool
}

// forms are the forms of one response.
type forms struct {
	identity form
	encoded  [codings]atomic.Pointer[form]
	// fetched are the bodies that the shared level had. Most clients of a process
	// want the same one, so each is made a form when it is asked for.
	fetched [codings][]byte
	making  sync.Mutex
}

// body is the body in an encoding, nil when it has not been made.
func (f *forms) body(c coding) []byte {
	if e := f.encoded[c].Load(); e != nil {
		return e.body
	}
	return f.fetched[c]
}

// form returns the body in an encoding, and makes it if nobody has yet; made
// reports that it did.
func (p *response) form(c coding) (f *form, made bool) {
	if c == identityCoding {
		return &p.forms.identity, false
	}
	if f := p.forms.encoded[c].Load(); f != nil {
		return f, false
	}
	p.forms.making.Lock()
	defer p.forms.making.Unlock()
	if f := p.forms.encoded[c].Load(); f != nil {
		return f, false
	}
	body := p.forms.fetched[c]
	if made = body == nil; made {
		body = encode(c, p.body)
	}
	f = p.newForm(c, body)
	p.forms.encoded[c].Store(f)
	return f, made
}

// newForm puts the header values to an encoded body. The tag of a form is its
// own, since a strong tag stands for bytes.
func (p *response) newForm(c coding, body []byte) *form {
	f := &form{
		body: body, length: []string{strconv.Itoa(len(body))}, coding: []string{codingNames[c]},
		worth: len(body) < len(p.body),
	}
	if p.tag != "" {
		f.tag = []string{strings.TrimSuffix(p.tag, `"`) + "-" + codingNames[c] + `"`}
	}
	return f
}

// completeForms makes the forms that are still missing, and reports whether any
// was.
func (p *response) completeForms() bool {
	if !p.encodable() || len(p.body) < minEncoded {
		return false
	}
	added := false
	for c := range codings {
		_, made := p.form(coding(c))
		added = added || made
	}
	return added
}

// size is the bytes of the encoded bodies.
func (f *forms) size() int {
	n := 0
	for c := range codings {
		if body := f.body(coding(c)); body != nil {
			n += len(body) + fieldOverhead
		}
	}
	return n
}

// The levels: the forms of a list of 6.3 KB take 0.4 ms together. Brotli at 11
// would take 14 ms to save another 12 %, gzip at 9 twice its time for 2 %.
const (
	brotliLevel = 5
	gzipLevel   = 6
)

var (
	brotlis = sync.Pool{New: func() any { return brotli.NewWriterLevel(nil, brotliLevel) }}
	gzips   = sync.Pool{New: func() any {
		w, err := gzip.NewWriterLevel(nil, gzipLevel)
		if err != nil {
			panic(fmt.Sprintf("cache: gzip: %v", err)) // the level is a constant
		}
		return w
	}}
	zstds = sync.OnceValue(func() *zstd.Encoder {
		// RFC 9659 lets clients refuse windows of more than 8 MB.
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
		if err != nil {
			panic(fmt.Sprintf("cache: zstd: %v", err)) // the options are constants
		}
		return w
	})
)

// encode returns the body in an encoding.
func encode(c coding, body []byte) []byte {
	switch c {
	case brotliCoding:
		w := brotlis.Get().(*brotli.Writer)
		defer brotlis.Put(w)
		return compress(w, body)
	case gzipCoding:
		w := gzips.Get().(*gzip.Writer)
		defer gzips.Put(w)
		return compress(w, body)
	}
	return bytes.Clone(zstds().EncodeAll(body, nil)) // its buffer is grown for the worst case
}

// compressor is a writer of compressed data that is used again.
type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

func compress(w compressor, body []byte) []byte {
	var b bytes.Buffer
	w.Reset(&b)
	_, err := w.Write(body)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(fmt.Sprintf("cache: compress: %v", err)) // a buffer takes everything
	}
	return bytes.Clone(b.Bytes()) // a buffer has up to twice the room
}
