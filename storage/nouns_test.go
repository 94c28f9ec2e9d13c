package storage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
)

func TestNounsHaveTheFieldsOfTheContract(t *testing.T) {
	t.Parallel()
	tests := map[*storage.Noun]string{
		storage.Movie: `id title description snippet imdb_id release_year release_month imdb_rating duration genres languages mpaa countries starring directors
			recommended images web_links magnet_hash streams thumbnails subtitles likes dislikes views added modified`,
		storage.Genre:  `id name description`,
		storage.Person: `id name description imdb_id birth_date images web_links added modified`,
		storage.Serie: `id title description snippet imdb_id release_year ended_year imdb_rating genres languages countries starring directors
			recommended images web_links seasons_count episodes_count likes dislikes views added modified`,
		storage.Collection: `id name description images query pins hidden periods added modified active active_from active_to`,
		storage.Synonym:    `id words from added modified`,
		storage.Season:     `id serie_id number title description release_year images episodes_count`,
		storage.Episode:    `id serie_id season_id number title description snippet air_date duration imdb_id imdb_rating directors starring images streams thumbnails subtitles views added modified`,
	}
	for n, want := range tests {
		if diff := cmp.Diff(strings.Fields(want), n.FieldNames()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", n.Name, diff)
		}
	}
}

func TestNounsHaveTheParametersOfTheContract(t *testing.T) {
	t.Parallel()
	const screen = "genres genres_all persons languages countries year rating_from rating recommended likes dislikes views added modified"
	tests := []struct {
		noun           *storage.Noun
		filters, sorts string
	}{
		{storage.Movie, screen + " mpaa", "added modified title year"},
		{storage.Serie, screen, "added modified title year"},
		{storage.Genre, "", "name"},
		{storage.Person, "", "name"},
		{storage.Season, "serie_id", "number"},
		{storage.Episode, "serie_id season_id", "number"},
		{storage.Collection, "active", "name added modified"},
		{storage.Synonym, "", "id added modified"},
	}
	for _, tt := range tests {
		var filters, sorts []string
		for _, f := range tt.noun.Filters {
			filters = append(filters, f.Name)
		}
		for _, s := range tt.noun.Sorts {
			sorts = append(sorts, s.Name)
		}
		if got := strings.Join(filters, " "); got != tt.filters {
			t.Errorf("%s: got the filters %s", tt.noun.Name, got)
		}
		if got := strings.Join(sorts, " "); got != tt.sorts {
			t.Errorf("%s: got the sorts %s", tt.noun.Name, got)
		}
	}
}

func TestRequiredDistinctAndReadOnlyFieldsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	readOnly := strings.Fields("id snippet likes dislikes views added modified serie_id season_id seasons_count episodes_count active active_from active_to")
	required := map[string]string{"movie": "title", "serie": "title", "genre": "name", "person": "name", "season": "number", "episode": "number", "collection": "name", "synonym": "words"}
	for _, n := range storage.Nouns {
		for _, f := range n.Fields {
			if f.Required != (f.Name == required[n.Name]) {
				t.Errorf("%s.%s: got required %t", n.Name, f.Name, f.Required)
			}
			if (f.Source != storage.Client) != slices.Contains(readOnly, f.Name) {
				t.Errorf("%s.%s: got source %d", n.Name, f.Name, f.Source)
			}
			distinct := f.Name == "imdb_id" || f.Name == "magnet_hash" || n.Slug && f.Name == "name"
			if f.Distinct != distinct {
				t.Errorf("%s.%s: got distinct %t", n.Name, f.Name, f.Distinct)
			}
		}
	}
}

func TestNounsComeAfterTheNounsTheyReferTo(t *testing.T) {
	t.Parallel()
	if len(storage.Nouns) != 8 {
		t.Errorf("got %d nouns", len(storage.Nouns))
	}
	seen := map[string]bool{}
	for _, n := range storage.Nouns {
		for _, p := range n.Parents {
			if !seen[p.Name] {
				t.Errorf("%s comes before its parent %s", n.Name, p.Name)
			}
		}
		for _, f := range n.References() {
			if !seen[f.Type.Of.Reference] {
				t.Errorf("%s comes before %s, which its %s refer to", n.Name, f.Type.Of.Reference, f.Name)
			}
		}
		if seen[n.Name] || storage.NounByName(n.Name) != n {
			t.Errorf("NounByName(%q) returned another noun, or the noun is repeated", n.Name)
		}
		seen[n.Name] = true
	}
	if storage.NounByName("movies") != nil || storage.NounByName("") != nil {
		t.Error("NounByName returned a noun for an unknown name")
	}
}

func TestReferencesAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	for n, want := range map[*storage.Noun]string{storage.Collection: "pins hidden", storage.Synonym: "", storage.Movie: "genres starring directors", storage.Serie: "genres starring directors", storage.Episode: "directors starring", storage.Season: "", storage.Genre: "", storage.Person: ""} {
		var got []string
		for _, f := range n.References() {
			got = append(got, f.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got the references %v", n.Name, got)
		}
	}
}

func TestParentsAndChildren(t *testing.T) {
	t.Parallel()
	if storage.Movie.Parent() != nil || storage.Season.Parent() != storage.Serie || storage.Episode.Parent() != storage.Season {
		t.Error("Parent returned another noun")
	}
	for n, want := range map[*storage.Noun][]*storage.Noun{storage.Serie: {storage.Season}, storage.Season: {storage.Episode}, storage.Movie: nil, storage.Episode: nil} {
		if got := n.Children(); !slices.Equal(got, want) {
			t.Errorf("%s: got %d nouns of children", n.Name, len(got))
		}
	}
	for _, n := range storage.Nouns {
		for _, p := range n.Parents {
			if f := field(t, n, p.IDName()); f.Source != storage.Parent {
				t.Errorf("%s.%s: got source %d", n.Name, f.Name, f.Source)
			}
			if f := field(t, p, n.CountName()); f.Source != storage.Count {
				t.Errorf("%s.%s: got source %d", p.Name, f.Name, f.Source)
			}
		}
		if got := len(n.FieldsFrom(storage.Parent)); got != len(n.Parents) {
			t.Errorf("%s: got %d parents and %d fields of them", n.Name, len(n.Parents), got)
		}
	}
}

func TestFiltersReadFieldsOfTheirKind(t *testing.T) {
	t.Parallel()
	kinds := map[storage.FilterKind]storage.Kind{storage.CountRange: storage.Integer, storage.DecimalRange: storage.Number, storage.DecimalAbove: storage.Number,
		storage.TimeRange: storage.Timestamp, storage.AnyOf: storage.List, storage.AllOf: storage.List, storage.Flag: storage.Boolean, storage.Active: storage.List, storage.Within: storage.Text}
	for _, n := range storage.Nouns {
		for _, filter := range n.Filters {
			if len(filter.Fields) == 0 || filter.Doc == "" && filter.Kind != storage.Within {
				t.Errorf("%s filter %s has no fields or no doc", n.Name, filter.Name)
			}
			for _, name := range filter.Fields {
				f := field(t, n, name)
				if filter.Kind == storage.OneOf {
					if len(f.Type.Item().Enum) == 0 {
						t.Errorf("%s filter %s reads %s, which has no closed set of values", n.Name, filter.Name, name)
					}
				} else if f.Type.Kind != kinds[filter.Kind] {
					t.Errorf("%s filter %s reads %s, which has kind %d", n.Name, filter.Name, name, f.Type.Kind)
				}
				if filter.Target != "" && f.Type.Of.Reference != filter.Target {
					t.Errorf("%s filter %s has the target %s, but %s refers to %s", n.Name, filter.Name, filter.Target, name, f.Type.Of.Reference)
				}
			}
		}
	}
}

func TestSortsAndLabelsHaveFields(t *testing.T) {
	t.Parallel()
	for _, n := range storage.Nouns {
		if n.Label != "" && !field(t, n, n.Label).Required {
			t.Errorf("the label of %s is not required", n.Name)
		}
		for _, s := range n.Sorts {
			name := s.Name
			if name == "year" {
				name = "release_year"
			}
			_ = field(t, n, name)
			if s.Column(false) == "" || s.Column(true) == "" || s.Doc == "" {
				t.Errorf("%s sort %s has no column or no doc", n.Name, s.Name)
			}
			_ = s.Key(storage.NewDocument(n), false) // nothing is set, which must not matter
		}
	}
}

func TestTypesAreComplete(t *testing.T) {
	t.Parallel()
	for _, n := range storage.Nouns {
		if n.Doc == "" || n.Plural == "" || n.Field("no_such_field") != nil {
			t.Errorf("%s has no plural or no doc", n.Name)
		}
		wantFieldsDescribed(t, n.Name, n.Fields)
	}
}

func wantFieldsDescribed(t *testing.T, at string, fields []storage.Field) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range fields {
		if f.Name == "" || seen[f.Name] || f.Doc == "" {
			t.Errorf("%s.%s has no name or no doc, or is repeated", at, f.Name)
		}
		seen[f.Name] = true
		wantTypeComplete(t, at+"."+f.Name, f.Type)
	}
}

func wantTypeComplete(t *testing.T, at string, typ *storage.Type) {
	t.Helper()
	if typ.Describe() == "" || typ.Pattern != nil && typ.Allowed == "" {
		t.Errorf("%s has no Allowed", at)
	}
	if typ.Reference != "" && storage.NounByName(typ.Reference) == nil {
		t.Errorf("%s refers to %s, which is not a noun", at, typ.Reference)
	}
	if sorted := slices.Sorted(slices.Values(typ.Enum)); len(slices.Compact(sorted)) != len(typ.Enum) {
		t.Errorf("%s has a value twice", at)
	}
	switch typ.Kind {
	case storage.List, storage.Map:
		if typ.Max <= 0 || typ.Of == nil || (typ.Kind == storage.Map) != (typ.Key != nil) {
			t.Fatalf("%s has no bound or no item type", at)
		}
		if typ.Key != nil {
			wantTypeComplete(t, at+" key", typ.Key)
		}
		wantTypeComplete(t, at+" item", typ.Of)
	case storage.Record:
		if len(typ.Members) == 0 {
			t.Errorf("%s has no members", at)
		}
		wantFieldsDescribed(t, at, typ.Members)
	}
}
