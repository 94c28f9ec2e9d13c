package file

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf16"
)

func pack(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// linesOf reads the lines of a file that Open has opened.
func linesOf(t *testing.T, content string) (lines []string, f *File, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	var read atomic.Int64
	files, err := Open([]string{path}, nil, &read)
	for _, f := range files {
		defer func() { _ = f.Close() }()
	}
	if err != nil {
		return nil, nil, err
	}
	err = Each(files[0], NewLines, func(it Item) error {
		lines = append(lines, string(it.Data)+it.Fault)
		return nil
	})
	return lines, files[0], err
}

func TestGzipIsReadToItsDamage(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a line of text\n", 3) + "the last line"
	whole := strings.Split(text, "\n")
	two := pack(t, text[:20]) + pack(t, text[20:])
	for _, tt := range []struct {
		name, content string
		lines         int
		last, damage  string
	}{
		{"two members", two, 4, "the last line", ""},
		{"zeros at the end", two + strings.Repeat("\x00", 3000), 4, "the last line", ""},
		{"garbage at the end", two + "\x00\x00garbage", 4, "the last line", "after line 3, byte 58 of its text"},
		{"garbage like gzip", two + "\x1f\x8b\x08", 4, "the last line", "followed by bytes that are not gzip"},
		{"cut in the second member", two[:len(two)-9], 4, BreaksOff, "unexpected EOF"},
		{"cut checksum", two[:len(two)-8], 4, BreaksOff, "unexpected EOF"},
		{"wrong checksum", two[:len(two)-8] + "wrong   ", 4, BreaksOff, "checksum"},
		{"cut at the end of a line", pack(t, text[:45])[:30], 0, "", "unexpected EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			lines, f, err := linesOf(t, tt.content)
			if err != nil {
				t.Fatal(err)
			}
			if tt.lines > 0 && (len(lines) != tt.lines || lines[3] != tt.last || lines[0] != whole[0]) {
				t.Errorf("got the lines %q", lines)
			}
			switch err := f.Damage(); {
			case tt.damage == "" && err != nil:
				t.Errorf("got the damage %v, want none", err)
			case tt.damage != "" && (err == nil || !strings.Contains(err.Error(), tt.damage)):
				t.Errorf("got the damage %v, want one with %q", err, tt.damage)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	encode := func(text string, high, low int) string {
		var b []byte
		for _, c := range utf16.Encode([]rune(text)) {
			b = append(b, 0, 0)
			b[len(b)-2+high], b[len(b)-2+low] = byte(c>>8), byte(c)
		}
		return string(b)
	}
	text := "id,title\n1,Le Fabuleux Destin\n2,Amélie\n3,Möbius\n4,Ægir\n"
	narrow := strings.NewReplacer("é", "\xe9", "ö", "\xf6", "Æ", "\xc6").Replace(text)
	for _, tt := range []struct{ name, content, want string }{
		{"UTF-8", text, ""},
		{"UTF-8 with a mark", "\ufeff" + text, ""},
		{"ASCII", "id\n1\n", ""},
		{"empty", "", ""},
		{"one damaged line", "id,title\n1,caf\xe9\n2,b\n", ""},
		{"damaged lines among others", text + "5,caf\xe9\n6,b\xe9\n", ""},
		{"zeros in a text", text + "5,a\x00b\n", ""},
		{"UTF-16 LE with a mark", encode("\ufeff"+text, 1, 0), "iconv -f UTF-16 -t UTF-8"},
		{"UTF-16 BE with a mark", encode("\ufeff"+text, 0, 1), "iconv -f UTF-16 -t UTF-8"},
		{"UTF-16 LE", encode(text, 1, 0), "iconv -f UTF-16LE -t UTF-8"},
		{"UTF-16 BE, compressed", pack(t, encode(text, 0, 1)), "iconv -f UTF-16BE -t UTF-8"},
		{"Latin-1", narrow, "iconv -f WINDOWS-1252 -t UTF-8"},
		{"Latin-1, CR", strings.ReplaceAll(narrow, "\n", "\r"), "iconv -f WINDOWS-1252 -t UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			switch _, _, err := linesOf(t, tt.content); {
			case tt.want == "" && err != nil:
				t.Errorf("got the error %v, want none", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got the error %v, want one with %q", err, tt.want)
			}
		})
	}
}
