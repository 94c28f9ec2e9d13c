package tvmaze

import "testing"

func TestLanguageNamesHaveKnownCodes(t *testing.T) {
	t.Parallel()
	for name, code := range languagesByName {
		if len(code) != 2 || name == "" {
			t.Errorf("language %q: got the code %q", name, code)
		}
	}
}
