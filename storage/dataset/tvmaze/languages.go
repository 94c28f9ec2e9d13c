package tvmaze

import "strings"

// languagesByName are the ISO 639-1 codes of the languages that TVmaze names.
var languagesByName = parseLanguages(`
	Afrikaans af, Albanian sq, Arabic ar, Armenian hy, Azerbaijani az, Basque eu, Belarusian be, Bengali bn,
	Bosnian bs, Bulgarian bg, Catalan ca, Chechen ce, Chinese zh, Croatian hr, Czech cs, Danish da, Divehi dv,
	Dutch nl, English en, Esperanto eo, Estonian et, Finnish fi, French fr, Galician gl, Georgian ka, German de,
	Greek el, Gujarati gu, Hebrew he, Hindi hi, Hungarian hu, Icelandic is, Indonesian id, Irish ga, Italian it,
	Japanese ja, Javanese jv, Kannada kn, Kazakh kk, Khmer km, Kongo kg, Korean ko, Kyrgyz ky, Latin la,
	Latvian lv, Lithuanian lt, Luxembourgish lb, Macedonian mk, Malay ms, Malayalam ml, Maltese mt, Marathi mr,
	Mongolian mn, Norwegian no, Pashto ps, Persian fa, Polish pl, Portuguese pt, Punjabi pa, Romanian ro,
	Russian ru, Scottish Gaelic gd, Serbian sr, Sinhalese si, Slovak sk, Slovenian sl, Spanish es, Swahili sw,
	Swedish sv, Tagalog tl, Tamil ta, Telugu te, Thai th, Turkish tr, Ukrainian uk, Urdu ur, Uzbek uz,
	Vietnamese vi, Welsh cy, Yiddish yi
`)

func parseLanguages(list string) map[string]string {
	codes := map[string]string{}
	for entry := range strings.SplitSeq(list, ",") {
		words := strings.Fields(entry)
		codes[strings.Join(words[:len(words)-1], " ")] = words[len(words)-1]
	}
	return codes
}
