package record

import "testing"

func TestPlainTextRemovesMarkup(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"", ""},
		{"plain  text", "plain text"},
		{"<p>One &amp; <b>two</b></p><p>three</p>", "One & two\nthree"},
		{"one<br>two<br />three", "one\ntwo\nthree"},
		{"a\nb <i>c</i>", "a b c"},
		{"3 < 4 and <3", "3 < 4 and <3"},
		{"&lt;b&gt; stays", "<b> stays"},
		{"<!-- a\ncomment -->x<!doctype html>", "x"},
		{"<p class=\"x\">y", "y"},
		{"open <b", "open <b"},
		{"nbsp\u00a0here\u00a0", "nbsp here"},
	}
	for _, tt := range tests {
		if got := PlainText(tt.in); got != tt.want {
			t.Errorf("PlainText(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
