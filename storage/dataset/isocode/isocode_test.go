package isocode_test

import (
	"testing"

	"marquee/storage"
	"marquee/storage/dataset/isocode"
)

func TestLanguages(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"English": "en", "german": "de", "Deutsch": "de", "日本語": "ja", "Pусский": "ru", "русский": "ru", "Français": "fr", "en": "en", "EN": "en",
		"Mandarin": "zh", "Cantonese": "zh", "cn": "zh", "Haitian; Haitian Creole": "ht", "Norwegian Bokmål": "nb", "Norwegian": "no", "Scottish Gaelic": "gd",
		"Tagalog": "tl", "Sinhalese": "si", "Persian": "fa", "Kyrgyz": "ky", "Divehi": "dv", "Punjabi": "pa", "Serbian": "sr", "Kongo": "kg",
		"Ossetian; Ossetic": "os", "Raeto-Romance": "rm", "Slavic": "cu", "Serbo-Croatian": "sh", "Bokmål": "nb", "Telugu": "te", "हिन्दी": "hi", "Italiano": "it",
		"Klingon": "", "": "", "No Language": "", "xx": "", "eng": "",
	} {
		if got, ok := isocode.Language(name); got != want || ok != (want != "") {
			t.Errorf("Language(%q) = %q, %t, want %q", name, got, ok, want)
		}
	}
}

func TestCountries(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"United States of America": "US", "united states": "US", "US": "US", "us": "US", "USA": "US", "United Kingdom": "GB", "UK": "GB",
		"Cote D'Ivoire": "CI", "Bosnia and Herzegovina": "BA", "Trinidad & Tobago": "TT", "Trinidad and Tobago": "TT", "Svalbard & Jan Mayen Islands": "SJ",
		"Lao People's Democratic Republic": "LA", "Korea": "KR", "Congo": "CG", "Czech Republic": "CZ", "Hong Kong": "HK", "Russia": "RU", "Antarctica": "AQ", "Sao Tome and Principe": "ST", "Reunion": "RE",
		"Soviet Union": "", "Yugoslavia": "", "Narnia": "", "": "", "XC": "",
	} {
		if got, ok := isocode.Country(name); got != want || ok != (want != "") {
			t.Errorf("Country(%q) = %q, %t, want %q", name, got, ok, want)
		}
	}
}

func TestEveryCodeStandsForItself(t *testing.T) {
	t.Parallel()
	find := map[string]func(string) (string, bool){"languages": isocode.Language, "countries": isocode.Country}
	for field, of := range find {
		for _, code := range storage.Movie.Field(field).Type.Of.Enum {
			if got, ok := of(code); !ok || got != code {
				t.Errorf("%s: the code %s stands for %q", field, code, got)
			}
		}
	}
}
