package listen

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// plainHeaders are the headers of the plain-text answers of net/http. The answer of a
// handler has a Date before the empty line.
const plainHeaders = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// maxPlain is longer than every answer that net/http writes by itself, in bytes.
const maxPlain = 256

// expectationFailed begins the only other answer of net/http. It has no body, whereas
// every refusal of a handler has one.
const expectationFailed = " 417 Expectation Failed\r\n"

// parsePlain parses an answer that net/http writes by itself, without a handler. Each is
// one write. The cause is "" if net/http does not say it.
func parsePlain(p []byte) (status int, cause string, ok bool) {
	const protocol = len("HTTP/1.1")
	if len(p) > maxPlain || len(p) < protocol+2 || p[protocol+1] < '4' || !bytes.HasPrefix(p, []byte("HTTP/1.")) {
		return 0, "", false
	}
	if rest := p[protocol:]; bytes.HasPrefix(rest, []byte(expectationFailed)) && bytes.Index(rest, []byte("\r\n\r\n")) == len(rest)-4 {
		return http.StatusExpectationFailed, "", true
	}
	line, _, plain := strings.Cut(string(p), plainHeaders)
	if !plain {
		return 0, "", false
	}
	code, reason, _ := strings.Cut(line[protocol+1:], " ")
	status, err := strconv.Atoi(code)
	_, cause, _ = strings.Cut(reason, ": ")
	return status, cause, err == nil
}

// details are the problem details by the cause that net/http gives.
var details = map[string]string{
	"missing required Host header": "the request has no header Host; send one, as HTTP/1.1 requires",
	"malformed Host header":        "the header Host is malformed; its form is name[:port]",
	"invalid header name":          "the name of a header is malformed; it may have letters, digits and !#$%&'*+-.^_`|~",
	"invalid header value":         "the value of a header has a control character; remove it",
	"unsupported protocol version": "this version of HTTP is not supported; send HTTP/1.1",
}

// detail returns the problem detail of a status. head is the beginning of the request,
// "" if it is not known.
func detail(status int, cause, head string, maxHeader int) string {
	switch status {
	case http.StatusRequestHeaderFieldsTooLarge:
		return fmt.Sprintf("the request line and the headers have more than %d bytes together; shorten them", maxHeader)
	case http.StatusNotImplemented:
		return "this Transfer-Encoding is not supported; send chunked, or a Content-Length"
	case http.StatusExpectationFailed:
		return "the only supported value of Expect is 100-continue; leave the header out"
	}
	if known := details[cause]; known != "" {
		return known
	}
	return diagnose(head)
}

// firstLine is the detail for a first line of another form.
const firstLine = "the first line is malformed; its form is METHOD target HTTP/1.1, with single spaces: encode one in the target as %20"

// causes are the problem details by the beginning of an error of http.ReadRequest.
var causes = []struct{ prefix, detail string }{
	{"malformed HTTP version", "the version in the first line is malformed; send HTTP/1.1"},
	{"malformed HTTP request", firstLine},
	{"invalid method", "the method is malformed; it may have letters, digits and !#$%&'*+-.^_`|~"},
	{"malformed MIME header", "a line of the headers is malformed; its form is Name: value, without control characters"},
	{"too many Host headers", "the header Host is sent more than once; send it once"},
	{"bad Content-Length", "the Content-Length is malformed; it is a number of bytes"},
	{"invalid Content-Length", "the Content-Length is malformed; it is a number of bytes"},
	{"http: message cannot contain multiple Content-Length", "the Content-Length is sent twice with different values; send it once"},
}

// diagnose says what is wrong with a request of which net/http says only that it is bad.
// It quotes no header, since that may be a secret.
func diagnose(head string) string {
	const general = "the request is malformed; it has a line METHOD target HTTP/1.1, then lines Name: value, and an empty line"
	if head == "" {
		return general
	}
	_, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head)))
	if err == nil {
		return general
	}
	if escape, ok := errors.AsType[url.EscapeError](err); ok {
		return fmt.Sprintf("the target has the malformed escape %q; encode a %% as %%25", string(escape))
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return "the target of the request is malformed; it is a path, or a URL with http"
	}
	if line, _, _ := strings.Cut(head, "\n"); strings.Count(line, " ") > 2 {
		return firstLine
	}
	for _, c := range causes {
		if strings.HasPrefix(err.Error(), c.prefix) {
			return c.detail
		}
	}
	return general
}
