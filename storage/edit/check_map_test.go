package edit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
)

func TestCheckAcceptsMaps(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	tests := []struct {
		field, json string
		want        any
	}{
		{"images", `{}`, object{}},
		{"images", `{"poster":{"342":{"width":342,"height":513,"url":"http://a/p"}},"backdrop":{},"icon":null}`,
			object{"poster": object{"342": object{"width": int64(342), "height": int64(513), "url": "http://a/p"}}, "backdrop": object{}, "icon": nil}},
		{"images", `{"icon":{"w1280":{"url":"http://a"},"a":null,"0123456789abcdef":{"url":"http://b"}}}`,
			object{"icon": object{"w1280": object{"url": "http://a"}, "a": nil, "0123456789abcdef": object{"url": "http://b"}}}},
		{"streams", `{"1920p":{"type":"HLS"},"1080p":{"type":"DASH"},"720p":{"type":"MP4"},"640p":null,"480p":null,"360p":null}`,
			object{"1920p": object{"type": "HLS"}, "1080p": object{"type": "DASH"}, "720p": object{"type": "MP4"}, "640p": nil, "480p": nil, "360p": nil}},
		{"streams", `{"720p":{"audio":[{"language":"en","type":"AC3","codec":"AAC","bitrate":1},{"language":null}],"video":{"codec":"H264 Baseline","height":720,"width":1280,"bitrate":1000000}}}`,
			object{"720p": object{"audio": []any{object{"language": "en", "type": "AC3", "codec": "AAC", "bitrate": int64(1)}, object{"language": nil}},
				"video": object{"codec": "H264 Baseline", "height": int64(720), "width": int64(1280), "bitrate": int64(1000000)}}}},
		{"thumbnails", `{"VTT":"http://a","BIF":null}`, object{"VTT": "http://a", "BIF": nil}},
		{"subtitles", `{"en":"http://a","de":null}`, object{"en": "http://a", "de": nil}},
		{"web_links", `{"a/b ~c.é":"http://a",".":"http://c",` + quoted("é", 100) + `:"http://b"}`,
			object{"a/b ~c.é": "http://a", ".": "http://c", strings.Repeat("é", 100): "http://b"}},
	}
	for _, tt := range tests {
		e := check(t, storage.Movie, `{"`+tt.field+`":`+tt.json+`}`)
		wantFaults(t, e.Faults)
		if diff := cmp.Diff(object{tt.field: tt.want}, e.Values); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.field, tt.json, diff)
		}
	}
}

func TestCheckRefusesMaps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		field, json string
		want        []string
	}{
		{"images", `[]`, []string{"/images must be an object"}},
		{"images", `"http://a"`, []string{"/images must be an object"}},
		{"images", `{"banner":{}}`, []string{"/images/banner has a key that must be one of poster, backdrop, icon"}},
		{"images", `{"poster":"http://a"}`, []string{"/images/poster must be an object"}},
		{"images", `{"poster":{"342":"http://a"}}`, []string{"/images/poster/342 must be an object"}},
		{"images", `{"poster":{"":{}}}`, []string{"/images/poster/ has a key"}},
		{"images", `{"poster":{"w-342":{}}}`, []string{"/images/poster/w-342 has a key"}},
		{"images", `{"poster":{"342P":{}}}`, []string{"/images/poster/342P has a key"}},
		{"images", `{"poster":{"0123456789abcdefg":{}}}`, []string{"/images/poster/0123456789abcdefg has a key"}},
		{"images", `{"poster":{"1":{"width":0,"height":100001,"url":null}}}`, []string{"/images/poster/1/width from 1", "/images/poster/1/height to 100000"}},
		{"images", `{"poster":{"1":{"width":1.5,"url":[]}}}`, []string{"/images/poster/1/width a whole", "/images/poster/1/url URL"}},
		{"images", `{"poster":{"1":{"alt":"x"}}}`, []string{"/images/poster/1/alt is not a field"}},
		{"streams", `{"4k":{}}`, []string{"/streams/4k has a key"}},
		{"streams", `{"720":{}}`, []string{"/streams/720 has a key"}},
		{"streams", `{"720p":{"type":"RTMP"}}`, []string{"/streams/720p/type must be one of HLS, DASH, MP4"}},
		{"streams", `{"720p":{"audio":{}}}`, []string{"/streams/720p/audio must be a list"}},
		{"streams", `{"720p":{"audio":[null]}}`, []string{"/streams/720p/audio/0 must be"}},
		{"streams", `{"720p":{"audio":[{"language":"english"},{"lang":"en"}]}}`, []string{"/streams/720p/audio/0/language ISO", "/streams/720p/audio/1/lang is not a field"}},
		{"streams", `{"720p":{"audio":[{"codec":"","type":` + quoted("x", 61) + `,"bitrate":-1}]}}`,
			[]string{"/streams/720p/audio/0/codec blank", "/streams/720p/audio/0/type it has 61", "/streams/720p/audio/0/bitrate a whole"}},
		{"streams", `{"720p":{"video":[]}}`, []string{"/streams/720p/video must be an object"}},
		{"streams", `{"720p":{"video":{"codec":7,"fps":25}}}`, []string{"/streams/720p/video/codec a text", "/streams/720p/video/fps is not a field"}},
		{"thumbnails", `{"JPG":"http://a"}`, []string{"/thumbnails/JPG has a key that must be one of VTT, BIF"}},
		{"thumbnails", `{"VTT":{"url":"http://a"}}`, []string{"/thumbnails/VTT an absolute http or https URL"}},
		{"subtitles", `{"english":"http://a","EN":"http://a"}`, []string{"/subtitles/english has a key", "/subtitles/EN has a key"}},
		{"subtitles", `{"en":"a.srt"}`, []string{"/subtitles/en URL"}},
		{"web_links", `{"a,b":"http://a","\ta":"http://a","b\u00a0":"http://a"}`,
			[]string{"/web_links/a,b without commas", "/web_links/\ta without spaces", "/web_links/b\u00a0 without spaces"}},
		{"web_links", `{"":"http://a"}`, []string{"/web_links/ has a key"}},
		{"web_links", `{` + quoted("é", 101) + `:"http://a"}`, []string{"/web_links/" + strings.Repeat("é", 101) + " has a key"}},
		{"web_links", `{"page":["http://a"]}`, []string{"/web_links/page URL"}},
	}
	for _, tt := range tests {
		e := check(t, storage.Movie, `{"`+tt.field+`":`+tt.json+`}`)
		wantFaults(t, e.Faults, tt.want...)
	}
}

func TestCheckRefusesBlankKeys(t *testing.T) {
	t.Parallel()
	for _, key := range []string{" ", "\u200b", "\u00ad\ufe0f"} {
		e := check(t, storage.Movie, `{"web_links":{"`+key+`":"http://a"}}`)
		if len(e.Faults) != 1 || e.Faults[0].Pointer != "/web_links/"+key {
			t.Errorf("key %q: got the faults %+v", key, e.Faults)
		}
	}
}

func TestCheckRefusesNULInKeys(t *testing.T) {
	t.Parallel()
	e := check(t, storage.Movie, `{"web_links":{"a\u0000":"http://a"}}`)
	wantFaults(t, e.Faults, "/web_links/a\x00 NUL")
	if len(e.Faults) == 1 && strings.Contains(e.Faults[0].Value, "\x00") {
		t.Error("the fault has the NUL of the key")
	}
	wantFaults(t, check(t, storage.Movie, `{"ti\u0000tle":"a"}`).Faults, "/ti\x00tle is not a field")
}
