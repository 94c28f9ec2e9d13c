package storage

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"marquee/storage/period"
	"marquee/storage/textform"
)

// The nouns of the catalogue.
var (
	Movie   = &Noun{Name: "movie", Plural: "movies", Label: "title", Doc: "A film."}
	Genre   = &Noun{Name: "genre", Plural: "genres", Label: "name", Slug: true, Named: true, Doc: "A genre of films and series."}
	Person  = &Noun{Name: "person", Plural: "persons", Label: "name", Named: true, Doc: "A person who stars in or directs films, series or episodes."}
	Serie   = &Noun{Name: "serie", Plural: "series", Label: "title", Doc: "A series. It has seasons, which have episodes."}
	Season  = &Noun{Name: "season", Plural: "seasons", Parents: []*Noun{Serie}, Doc: "A season of a series."}
	Episode = &Noun{Name: "episode", Plural: "episodes", Parents: []*Noun{Serie, Season}, Doc: "An episode of a season."}

	Collection = &Noun{Name: "collection", Plural: "collections", Label: "name", Slug: true, Doc: "A list of films that editors choose or describe, shown always or in periods."}
	Synonym    = &Noun{Name: "synonym", Plural: "synonyms", Label: "words", Slug: true, Doc: "Words and phrases that searches by words take for each other."}
)

// Nouns has all nouns. A noun comes after the nouns that it refers to or is part of, so
// writing objects in this order satisfies every reference.
var Nouns = []*Noun{Genre, Person, Movie, Serie, Season, Episode, Collection, Synonym}

// Types that fields share.
var (
	title       = &Type{Kind: Text, Min: 1, Max: 500}
	name        = &Type{Kind: Text, Min: 1, Max: 200}
	description = &Type{Kind: Text, Min: 0, Max: 20000}
	year        = &Type{Kind: Integer, Min: 1800, Max: 2999}
	rating      = &Type{Kind: Number, Min: 0, Max: 100}
	minutes     = &Type{Kind: Integer, Min: 0, Max: 100000}
	ordinal     = &Type{Kind: Integer, Min: 0, Max: 100000}
	pixels      = &Type{Kind: Integer, Min: 1, Max: 100000}
	kilobits    = &Type{Kind: Integer, Min: 1, Max: 1000000}
	counter     = &Type{Kind: Integer, Min: 0, Max: MaxCounter}
	flag        = &Type{Kind: Boolean}
	date        = &Type{Kind: Date, Allowed: "a date of the form yyyy-mm-dd"}
	timestamp   = &Type{Kind: Timestamp, Allowed: "yyyy-mm-ddThh-mm-ss, UTC"}
	label       = &Type{Kind: Text, Min: 1, Max: 60}
	identity    = &Type{Kind: Text}
	snippet     = &Type{Kind: Text, Max: textform.MaxSnippet}

	absoluteURL = &Type{Kind: Text, Min: 1, Max: 2048, Allowed: "an absolute http or https URL",
		Pattern: regexp.MustCompile(`^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]+(?:[/?#]\S*)?$`), Valid: validURL}
	titleID = &Type{Kind: Text, Allowed: "tt and 7 to 9 digits",
		Pattern: regexp.MustCompile(`^tt[0-9]{7,9}$`)}
	nameID = &Type{Kind: Text, Allowed: "nm and digits",
		Pattern: regexp.MustCompile(`^nm[0-9]{1,15}$`)}
	magnetHash = &Type{Kind: Text, Allowed: "40 hexadecimal or 32 base32 digits",
		Pattern: regexp.MustCompile(`^(?:[0-9a-fA-F]{40}|[A-Za-z2-7]{32})$`)}
	languageCode = &Type{Kind: Text, Allowed: "an ISO 639-1 code such as en", Enum: languageCodes}
	countryCode  = &Type{Kind: Text, Allowed: "an ISO 3166-1 alpha-2 code such as US", Enum: countryCodes}
	mpaa         = &Type{Kind: Text, Enum: []string{"G", "PG", "PG-13", "R", "NC-17", "NR"}}

	languages = &Type{Kind: List, Max: 100, Of: languageCode, Unique: true}
	countries = &Type{Kind: List, Max: 100, Of: countryCode, Unique: true}
	genres    = &Type{Kind: List, Max: 100, Unique: true, Of: &Type{Kind: Text, Reference: "genre"}}
	persons   = &Type{Kind: List, Max: 1000, Unique: true, Of: &Type{Kind: Text, Reference: "person"}}

	images = &Type{Kind: Map, Max: 3, Key: &Type{Kind: Text, Enum: []string{"poster", "backdrop", "icon"}},
		Of: &Type{Kind: Map, Max: 50, Of: image, Key: &Type{Kind: Text,
			Allowed: "a resolution: 1 to 16 of a-z and 0-9, such as 342", Pattern: regexp.MustCompile(`^[a-z0-9]{1,16}$`)}}}
	image = &Type{Kind: Record, Members: []Field{
		{Name: "width", Type: pixels, Doc: "width in pixels"},
		{Name: "height", Type: pixels, Doc: "height in pixels"},
		{Name: "url", Type: absoluteURL, Required: true, Doc: "address of the image"},
	}}
	streams = &Type{Kind: Map, Max: 6, Of: stream,
		Key: &Type{Kind: Text, Enum: []string{"1920p", "1080p", "720p", "640p", "480p", "360p"}}}
	stream = &Type{Kind: Record, Members: []Field{
		{Name: "type", Type: &Type{Kind: Text, Enum: []string{"HLS", "DASH", "MP4"}}, Required: true, Doc: "streaming protocol"},
		{Name: "url", Type: absoluteURL, Required: true, Doc: "address of the stream"},
		{Name: "audio", Type: &Type{Kind: List, Max: 100, Of: audioTrack}, Doc: "audio tracks"},
		{Name: "video", Type: videoTrack, Doc: "video track"},
	}}
	audioTrack = &Type{Kind: Record, Members: []Field{
		{Name: "language", Type: languageCode, Doc: "language spoken"},
		{Name: "type", Type: label, Doc: "channels, such as AC3, Stereo, Mono"},
		{Name: "codec", Type: label, Doc: "codec, such as AAC, MP3, OGG"},
		{Name: "bitrate", Type: kilobits, Doc: "kbit/s"},
	}}
	videoTrack = &Type{Kind: Record, Members: []Field{
		{Name: "codec", Type: label, Doc: "codec, such as H264 Baseline"},
		{Name: "height", Type: pixels, Doc: "height in pixels"},
		{Name: "width", Type: pixels, Doc: "width in pixels"},
		{Name: "bitrate", Type: kilobits, Doc: "kbit/s"},
	}}
	thumbnails = &Type{Kind: Map, Max: 2, Of: absoluteURL, Key: &Type{Kind: Text, Enum: []string{"VTT", "BIF"}}}
	pins       = &Type{Kind: List, Max: 100, NoRepeats: true, Of: &Type{Kind: Text, Reference: "movie"}}
	hidden     = &Type{Kind: List, Max: 1000, NoRepeats: true, Of: &Type{Kind: Text, Reference: "movie"}}
	periods    = &Type{Kind: List, Max: 20, Of: &Type{Kind: Record, Check: checkPeriod, Members: []Field{
		{Name: "from", Type: civilTime, Required: true, Doc: "first minute, local time: yyyy-mm-ddThh-mm, mm-ddThh-mm if it holds every year"},
		{Name: "to", Type: civilTime, Required: true, Doc: "last minute, in the form of from; every year, one before from lies in the next year"},
		{Name: "every", Type: &Type{Kind: Text, Enum: []string{"year"}}, Doc: "year for a period that holds every year; null for one that holds once"},
		{Name: "zone", Type: &Type{Kind: Text, Allowed: "the name of a time zone in the IANA database"}, Default: "UTC", Doc: "time zone of from and to"},
	}}}
	words = &Type{Kind: List, Min: 2, Max: 20, NoRepeats: true, Of: word}
	word  = &Type{Kind: Text, Min: 1, Max: 60, Allowed: "a text of 1 to 60 characters with a letter, a digit or a symbol in it",
		Valid: func(s string) bool { return strings.ContainsFunc(s, isWordRune) }}
	civilTime = &Type{Kind: Text, Allowed: "a local time, yyyy-mm-ddThh-mm or mm-ddThh-mm"}
	filmQuery = &Type{Kind: Text, Max: 2048, Query: "movie", Allowed: "a query string of GET /movies of at most 2048 characters, without a leading ?"}

	subtitles = &Type{Kind: Map, Max: 200, Of: absoluteURL, Key: languageCode}
	webLinks  = &Type{Kind: Map, Max: 100, Of: absoluteURL, Key: linkName}
	linkName  = &Type{Kind: Text, Min: 1, Max: 100, Allowed: "a name of 1 to 100 characters, without commas and without spaces around it",
		Pattern: regexp.MustCompile(`^[^\s,](?:[^,]*[^\s,])?$`), Valid: selectable}
)

// validURL reports whether a text that begins like a URL is one: with a host, a valid port,
// and no malformed escapes or spaces.
func validURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || strings.Trim(u.Hostname(), ".") == "" || strings.ContainsFunc(s, unicode.IsSpace) {
		return false
	}
	_, err = strconv.ParseUint(u.Port(), 10, 16)
	return err == nil || u.Port() == ""
}

// isWordRune reports whether a rune makes a word: searches by words pass over others.
func isWordRune(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.So) }

// checkPeriod returns the faults of a period.
func checkPeriod(record map[string]any) []Fault {
	var faults []Fault
	_, wrong := period.Parse(periodForm(record))
	for _, f := range wrong {
		faults = append(faults, Fault{Pointer: "/" + f.Member, Value: Excerpt(f.Value), Reason: f.Reason, Nearest: f.Nearest})
	}
	return faults
}

// Periods returns the periods of a document, none for nouns without periods.
func Periods(d *Document) []period.Period {
	items, _ := d.Fields["periods"].([]any)
	forms := make([]period.Form, 0, len(items))
	for _, item := range items {
		record, _ := item.(map[string]any)
		forms = append(forms, periodForm(record))
	}
	return period.Stored(forms)
}

// periodForm returns the form of an item of a collection's periods. A member that is no
// text becomes "", which is valid nowhere.
func periodForm(record map[string]any) period.Form {
	text := func(member string) *string {
		if record[member] == nil {
			return nil
		}
		s, _ := record[member].(string)
		return &s
	}
	f := period.Form{Every: text("every"), Zone: text("zone")}
	f.From, _ = record["from"].(string)
	f.To, _ = record["to"].(string)
	return f
}

// selectable reports whether the parameter fields, a list separated by commas, can name a
// key.
func selectable(key string) bool { return strings.TrimSpace(key) == key }

// Fields that nouns share.
var (
	idField          = Field{Name: "id", Type: identity, Source: Identity, Doc: "identity, given by the server"}
	titleField       = Field{Name: "title", Type: title, Doc: "title"}
	descriptionField = Field{Name: "description", Type: description, Doc: "plot or description"}
	snippetField     = Field{Name: "snippet", Type: snippet, Source: Derived, Doc: "title and description, cut at a word to at most 120 characters"}
	imdbTitleField   = Field{Name: "imdb_id", Type: titleID, Distinct: true, Doc: "IMDb title id"}
	imdbNameField    = Field{Name: "imdb_id", Type: nameID, Distinct: true, Doc: "IMDb name id"}
	yearField        = Field{Name: "release_year", Type: year, Doc: "year of the first release"}
	ratingField      = Field{Name: "imdb_rating", Type: rating, Doc: "IMDb rating, 0.0 to 10.0, one decimal"}
	durationField    = Field{Name: "duration", Type: minutes, Doc: "length in minutes"}
	genresField      = Field{Name: "genres", Type: genres, Doc: "ids of genres; in a request also {\"name\": …}"}
	languagesField   = Field{Name: "languages", Type: languages, Doc: "ISO 639-1 codes of the audio tracks, the main one first"}
	countriesField   = Field{Name: "countries", Type: countries, Doc: "ISO 3166-1 alpha-2 codes of the countries of production"}
	starringField    = Field{Name: "starring", Type: persons, Doc: "ids of persons; in a request also {\"name\": …}"}
	directorsField   = Field{Name: "directors", Type: persons, Doc: "ids of persons; in a request also {\"name\": …}"}
	recommendedField = Field{Name: "recommended", Type: flag, Doc: "recommended by the editors"}
	imagesField      = Field{Name: "images", Type: images, Doc: "images by use, then by resolution"}
	webLinksField    = Field{Name: "web_links", Type: webLinks, Doc: "web pages about it, by name"}
	streamsField     = Field{Name: "streams", Type: streams, Doc: "streams by resolution"}
	thumbnailsField  = Field{Name: "thumbnails", Type: thumbnails, Doc: "thumbnail tracks by type"}
	subtitlesField   = Field{Name: "subtitles", Type: subtitles, Doc: "subtitle files by language"}
	likesField       = Field{Name: "likes", Type: counter, Source: Counter, Doc: "number of users who like it"}
	dislikesField    = Field{Name: "dislikes", Type: counter, Source: Counter, Doc: "number of users who dislike it"}
	viewsField       = Field{Name: "views", Type: counter, Source: Counter, Doc: "number of times it was watched"}
	addedField       = Field{Name: "added", Type: timestamp, Source: Clock, Doc: "time of the first write"}
	modifiedField    = Field{Name: "modified", Type: timestamp, Source: Clock, Doc: "time of the last write"}
	seasonsCount     = Field{Name: "seasons_count", Type: counter, Source: Count, Doc: "number of seasons"}
	episodesCount    = Field{Name: "episodes_count", Type: counter, Source: Count, Doc: "number of episodes"}
	serieIDField     = Field{Name: "serie_id", Type: identity, Source: Parent, Doc: "id of the series"}
	seasonIDField    = Field{Name: "season_id", Type: identity, Source: Parent, Doc: "id of the season"}
	numberField      = Field{Name: "number", Type: ordinal, Required: true, Doc: "number within the parent"}
)

// screenFilters are the filters of movies and series.
var screenFilters = []Filter{
	{Name: "genres", Kind: AnyOf, Fields: []string{"genres"}, Target: "genre", Counted: true, Doc: "any of these genres"},
	{Name: "genres_all", Kind: AllOf, Fields: []string{"genres"}, Target: "genre", Doc: "all of these genres"},
	{Name: "persons", Kind: AnyOf, Fields: []string{"starring", "directors"}, Target: "person", Doc: "any of these persons starring or directing"},
	{Name: "languages", Kind: OneOf, Fields: []string{"languages"}, Counted: true, Doc: "any of these languages of its audio tracks"},
	{Name: "countries", Kind: OneOf, Fields: []string{"countries"}, Counted: true, Doc: "any of these countries of production"},
	{Name: "year", Kind: CountRange, Fields: []string{"release_year"}, Counted: true, Doc: "release year"},
	{Name: "rating_from", Kind: DecimalAbove, Fields: []string{"imdb_rating"}, Doc: "IMDb rating strictly higher than this"},
	{Name: "rating", Kind: DecimalRange, Fields: []string{"imdb_rating"}, Doc: "IMDb rating"},
	{Name: "recommended", Kind: Flag, Fields: []string{"recommended"}, Doc: "true: only objects that the editors recommend; false: no filter"},
	{Name: "likes", Kind: CountRange, Fields: []string{"likes"}, Doc: "number of likes"},
	{Name: "dislikes", Kind: CountRange, Fields: []string{"dislikes"}, Doc: "number of dislikes"},
	{Name: "views", Kind: CountRange, Fields: []string{"views"}, Doc: "number of views"},
	{Name: "added", Kind: TimeRange, Fields: []string{"added"}, Doc: "time of adding"},
	{Name: "modified", Kind: TimeRange, Fields: []string{"modified"}, Doc: "time of the last write"},
}

// screenSorts are the sorts of movies and series; the first is the default.
var screenSorts = []Sort{byClock("added"), byClock("modified"), byLabel("title"), byYear()}

// within returns the filters of a nested path.
func within(parents ...string) []Filter {
	var out []Filter
	for _, p := range parents {
		out = append(out, Filter{Name: p, Kind: Within, Fields: []string{p}})
	}
	return out
}

func required(f Field) Field { f.Required = true; return f }

// init sets the descriptions, because the types of a noun refer to other nouns.
func init() {
	Genre.Fields = []Field{idField, required(Field{Name: "name", Type: name, Distinct: true, Doc: "name, unique without regard to case"}), descriptionField}
	Genre.Sorts = []Sort{byLabel("name")}

	Person.Fields = []Field{idField, required(Field{Name: "name", Type: name, Doc: "name"}), descriptionField, imdbNameField,
		{Name: "birth_date", Type: date, Doc: "date of birth"}, imagesField, webLinksField, addedField, modifiedField}
	Person.Sorts = []Sort{byLabel("name")}
	Person.Searched = []string{"name"}

	Movie.Fields = []Field{idField, required(titleField), descriptionField, snippetField, imdbTitleField,
		yearField, {Name: "release_month", Type: &Type{Kind: Integer, Min: 1, Max: 12}, Doc: "month of the first release"},
		ratingField, durationField, genresField, languagesField, {Name: "mpaa", Type: mpaa, Doc: "MPAA rating"},
		countriesField, starringField, directorsField, recommendedField, imagesField, webLinksField,
		{Name: "magnet_hash", Type: magnetHash, Distinct: true, Doc: "hash of the magnet link"},
		streamsField, thumbnailsField, subtitlesField, likesField, dislikesField, viewsField, addedField, modifiedField}
	Movie.Filters, Movie.Sorts = append(slices.Clone(screenFilters), Filter{Name: "mpaa", Kind: OneOf, Fields: []string{"mpaa"}, Counted: true, Doc: "any of these MPAA ratings"}), screenSorts
	Movie.Searched = []string{"title", "description"}

	Serie.Fields = []Field{idField, required(titleField), descriptionField, snippetField, imdbTitleField,
		yearField, {Name: "ended_year", Type: year, Doc: "year of the last episode"}, ratingField, genresField,
		languagesField, countriesField, starringField, directorsField, recommendedField, imagesField, webLinksField,
		seasonsCount, episodesCount, likesField, dislikesField, viewsField, addedField, modifiedField}
	Serie.Filters, Serie.Sorts = screenFilters, screenSorts
	Serie.Searched = []string{"title", "description"}

	Season.Fields = []Field{idField, serieIDField, numberField, titleField, descriptionField, yearField, imagesField, episodesCount}
	Season.Filters, Season.Sorts = within("serie_id"), []Sort{byNumber()}

	Episode.Fields = []Field{idField, serieIDField, seasonIDField, numberField, titleField, descriptionField, snippetField,
		{Name: "air_date", Type: date, Doc: "date of the first broadcast"}, durationField, imdbTitleField, ratingField,
		directorsField, starringField, imagesField, streamsField, thumbnailsField, subtitlesField,
		viewsField, addedField, modifiedField}
	Episode.Filters, Episode.Sorts = within("serie_id", "season_id"), []Sort{byNumber()}

	Collection.Fields = []Field{idField, required(Field{Name: "name", Type: name, Distinct: true, Doc: "name, unique without regard to case"}), descriptionField, imagesField,
		{Name: "query", Type: filmQuery, Doc: "which films belong to it, as the query string of GET /movies; null finds none"},
		{Name: "pins", Type: pins, Doc: "ids of the films that come first, in this order, whether or not the query finds them"},
		{Name: "hidden", Type: hidden, Doc: "ids of films that are never shown, also when they are pinned"},
		{Name: "periods", Type: periods, Doc: "when it is active; always if there are none"},
		addedField, modifiedField,
		{Name: "active", Type: flag, Source: Scheduled, Doc: "whether a period holds now, or there are none"},
		{Name: "active_from", Type: timestamp, Source: Scheduled, Doc: "start of the period that holds, else of the next one"},
		{Name: "active_to", Type: timestamp, Source: Scheduled, Doc: "last second of that period"}}
	Collection.Filters = []Filter{{Name: "active", Kind: Active, Fields: []string{"periods"}, Doc: "only collections that are active; the public sees no others"}}
	Collection.Sorts = []Sort{byLabel("name"), byClock("added"), byClock("modified")}

	Synonym.Fields = []Field{idField, required(Field{Name: "words", Type: words, Doc: "words and phrases that are taken for each other; their stems count"}),
		{Name: "from", Type: word, Among: "words", Doc: "the only one of words whose searches find the others; null if each finds all"},
		addedField, modifiedField}
	Synonym.Sorts = []Sort{byID(), byClock("added"), byClock("modified")}
}
