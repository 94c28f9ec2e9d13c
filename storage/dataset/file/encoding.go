package file

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxSample is how much of a file decides on its encoding: some thousand films.
const maxSample = 1 << 20

// checkEncoding refuses a file that is not in UTF-8, and says how to convert it. It looks
// at the beginning of the text, so that nothing of the file is imported first. A few lines
// that are not UTF-8 do not decide.
func (f *File) checkEncoding() error {
	r, err := f.Reader()
	if err != nil {
		return err
	}
	defer f.ResetProgress()
	sample := make([]byte, maxSample)
	n, _ := io.ReadFull(r, sample) // an error shows again in the first pass
	name := encodingOf(sample[:n])
	if name == "" {
		return nil
	}
	return fmt.Errorf("%s is in %s, not in UTF-8: convert it, as with iconv -f %s -t UTF-8", f.Name, name, iconvNames[name])
}

const (
	wide, wideLE, wideBE = "UTF-16", "UTF-16 (little-endian, without a byte order mark)", "UTF-16 (big-endian, without a byte order mark)"
	wider                = "UTF-32"
	latin                = "Latin-1, Windows-1252 or another encoding of one byte a character"
)

// iconvNames are the names of the encodings for iconv.
var iconvNames = map[string]string{wide: "UTF-16", wideLE: "UTF-16LE", wideBE: "UTF-16BE", wider: "UTF-32", latin: "WINDOWS-1252"}

// encodingOf recognizes the encodings that are not UTF-8.
func encodingOf(text []byte) string {
	switch {
	case bytes.HasPrefix(text, []byte("\xFF\xFE\x00\x00")), bytes.HasPrefix(text, []byte("\x00\x00\xFE\xFF")):
		return wider
	case bytes.HasPrefix(text, []byte("\xFF\xFE")), bytes.HasPrefix(text, []byte("\xFE\xFF")):
		return wide
	}
	// In UTF-16 every other byte of ASCII is zero.
	var zeros [2]int
	for i, c := range text {
		if c == 0 {
			zeros[i%2]++
		}
	}
	most := len(text) / 5
	switch {
	case zeros[1] > most && zeros[0] <= zeros[1]/10:
		return wideLE
	case zeros[0] > most && zeros[1] <= zeros[0]/10:
		return wideBE
	}
	return latinIn(text)
}

// latinIn recognizes text of one byte a character: most of its lines that are not ASCII
// are not valid UTF-8. One such line is damage.
func latinIn(text []byte) string {
	invalid, beyondASCII := 0, 0
	for line := range bytes.Lines(text) {
		switch {
		case !utf8.Valid(line):
			invalid++
		case utf8.RuneCount(line) < len(line):
			beyondASCII++
		}
	}
	if invalid > 1 && invalid > beyondASCII {
		return latin
	}
	return ""
}
