package devstack_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"marquee/deploy/devstack"
)

// analysisSettings defines each component as in the documentation of the official distribution.
const analysisSettings = `{"settings": {"index": {"number_of_replicas": 0, "max_ngram_diff": 2}, "analysis": {
	"char_filter": {
		"ampersand": {"type": "mapping", "mappings": ["& => and", "\\u2019 => '"]},
		"digits": {"type": "pattern_replace", "pattern": "(\\d+)-(?=\\d)", "replacement": "$1_"},
		"tags": {"type": "html_strip", "escaped_tags": ["b"]}
	},
	"tokenizer": {
		"grams": {"type": "ngram", "min_gram": 2, "max_gram": 3, "token_chars": ["letter", "digit"]},
		"edges": {"type": "edge_ngram", "min_gram": 1, "max_gram": 3, "token_chars": ["letter", "custom"], "custom_token_chars": "-"},
		"commas": {"type": "pattern", "pattern": ","},
		"groups": {"type": "pattern", "pattern": "\"(.*?)\"", "group": 1},
		"short": {"type": "whitespace", "max_token_length": 3}
	},
	"filter": {
		"folding": {"type": "asciifolding", "preserve_original": true},
		"english": {"type": "stemmer", "language": "english"},
		"light": {"type": "stemmer", "language": "light_english"},
		"possessive": {"type": "stemmer", "language": "possessive_english"},
		"minimal": {"type": "stemmer", "language": "minimal_english"},
		"grams": {"type": "ngram", "min_gram": 2, "max_gram": 3, "preserve_original": true},
		"edges": {"type": "edge_ngram", "min_gram": 2, "max_gram": 4},
		"tails": {"type": "edge_ngram", "min_gram": 2, "max_gram": 2, "side": "back"},
		"parts": {"type": "word_delimiter_graph", "preserve_original": true, "catenate_words": true, "type_table": ["% => DIGIT"], "protected_words": ["x-men"]},
		"flat": {"type": "flatten_graph"},
		"graph": {"type": "synonym_graph", "synonyms": ["lotr, lord rings", "wwii => world war two"]},
		"single": {"type": "synonym", "synonyms": ["film, movie"], "expand": false},
		"gentle": {"type": "synonym_graph", "lenient": true, "synonyms": ["the, foo", "cop, policeman"]},
		"wordnet": {"type": "synonym", "format": "wordnet", "synonyms": ["s(100000001,1,'abstain',v,1,0).", "s(100000001,2,'refrain',v,1,0)."]},
		"once": {"type": "unique"},
		"once_here": {"type": "unique", "only_on_same_position": true},
		"medium": {"type": "length", "min": 2, "max": 4},
		"cut": {"type": "truncate", "length": 3},
		"first": {"type": "limit", "max_token_count": 2},
		"marked": {"type": "keyword_marker", "keywords": ["Running"], "ignore_case": true},
		"marked_pattern": {"type": "keyword_marker", "keywords_pattern": "run.*"},
		"articles": {"type": "elision", "articles_case": true, "articles": ["l", "d"]},
		"numbers": {"type": "pattern_replace", "pattern": "[0-9]", "replacement": "#", "all": false},
		"turkish": {"type": "lowercase", "language": "turkish"}
	},
	"normalizer": {
		"sorting": {"type": "custom", "char_filter": ["ampersand"], "filter": ["lowercase", "asciifolding", "trim", "numbers"]}
	},
	"analyzer": {
		"bare_edges": {"tokenizer": "keyword", "filter": ["edge_ngram"]},
		"bare_cut": {"tokenizer": "keyword", "filter": ["truncate"]},
		"bare_articles": {"tokenizer": "keyword", "filter": ["elision"]},
		"query": {"tokenizer": "standard", "char_filter": ["ampersand"], "filter": ["lowercase", "asciifolding", "graph", "possessive", "light"]}
	}
}}, "mappings": {"properties": {"title": {"type": "text", "analyzer": "query", "fields": {"sort": {"type": "keyword", "normalizer": "sorting"}}}}}}`

func TestAnalysis(t *testing.T) {
	t.Parallel()
	base := devstack.Elasticsearch(t)
	index := base + "/" + devstack.IndexPrefix(t) + "analysis"
	send(t, http.MethodPut, index, analysisSettings, http.StatusOK, nil)
	for _, c := range []struct{ chain, text, want string }{
		// Token filters, as defined above and by their names alone.
		{`"filter": ["folding"]`, "Amélie", "Amelie Amélie"},
		{`"filter": ["asciifolding"]`, "Amélie", "Amelie"},
		{`"filter": ["english"]`, "running ponies", "run poni"},
		{`"filter": ["porter_stem"]`, "running ponies", "run poni"},
		{`"filter": ["stemmer"]`, "running ponies", "run poni"},
		{`"filter": ["light"]`, "cats ponies", "cat pony"},
		{`"filter": ["kstem"]`, "cats ponies", "cat pony"},
		{`"filter": ["possessive"]`, "Schindler's list", "Schindler list"},
		{`"filter": ["minimal"]`, "running ponies", "running pony"},
		{`"filter": ["grams"]`, "heat", "he hea ea eat at heat"},
		{`"filter": ["edges"]`, "heat a", "he hea heat"},
		{`"analyzer": "bare_edges"`, "heat", "h"},
		{`"filter": ["tails"]`, "heat", "at"},
		{`"filter": ["parts"]`, "Spider-Man2 x-men 50%", "Spider-Man2 SpiderMan Spider Man 2 x-men 50%"},
		{`"filter": ["parts", "flat"]`, "WiFi", "WiFi WiFi Wi Fi"},
		{`"filter": ["word_delimiter_graph"]`, "Schindler's PowerShot500", "Schindler Power Shot 500"},
		{`"filter": ["lowercase", "graph"]`, "LOTR lord rings", "lord lotr rings lotr lord rings"},
		{`"filter": ["graph"]`, "wwii", "world war two"},
		{`"filter": ["single"]`, "movie", "film"},
		{`"filter": ["stop", "gentle"]`, "cop", "policeman cop"},
		{`"filter": ["wordnet"]`, "refrain", "refrain abstain"},
		{`"filter": ["once"]`, "heat heat speed heat", "heat speed"},
		{`"filter": ["unique"]`, "heat heat", "heat"},
		{`"filter": ["keyword_repeat", "once_here"]`, "heat heat", "heat heat"},
		{`"filter": ["keyword_repeat", "porter_stem", "remove_duplicates"]`, "running heat", "running run heat"},
		{`"filter": ["medium"]`, "a heat inception", "heat"},
		{`"filter": ["cut"]`, "inception", "inc"},
		{`"analyzer": "bare_cut"`, "inceptioning", "inceptioni"},
		{`"filter": ["first"]`, "a b c", "a b"},
		{`"filter": ["marked", "porter_stem"]`, "running jumping", "running jump"},
		{`"filter": ["marked_pattern", "porter_stem"]`, "running jumping", "running jump"},
		{`"filter": ["articles"]`, "L'avventura", "avventura"},
		{`"analyzer": "bare_articles"`, "l'avventura", "avventura"},
		{`"filter": ["numbers"]`, "2001", "#001"},
		{`"filter": ["turkish"]`, "I", "ı"},
		{`"filter": ["uppercase", "reverse"]`, "heat", "TAEH"},
		{`"filter": [{"type": "shingle", "output_unigrams": false}]`, "the big sleep", "the big|big sleep"},
		{`"tokenizer": "keyword", "filter": ["trim"]`, " heat ", "heat"},
		// Tokenizers.
		{`"tokenizer": "grams"`, "ab-12", "ab 12"},
		{`"tokenizer": "edges"`, "x-men 2", "x x- x-m"},
		{`"tokenizer": "commas"`, "a b,c", "a b|c"},
		{`"tokenizer": "groups"`, `"a b" "c"`, "a b|c"},
		{`"tokenizer": "pattern"`, "a,b", "a b"},
		{`"tokenizer": "short"`, "heat", "hea t"},
		{`"tokenizer": "whitespace"`, "x-men 2", "x-men 2"},
		{`"tokenizer": "letter"`, "x-men", "x men"},
		// Character filters, alone and before a tokenizer.
		{`"char_filter": ["ampersand"]`, "lock & stock’s", "lock and stock's"},
		{`"char_filter": ["digits"], "tokenizer": "keyword"`, "1-2-3", "1_2_3"},
		{`"char_filter": ["tags"], "tokenizer": "keyword"`, "<i>so</i> <b>bold</b> &amp; big", "so <b>bold</b> & big"},
		{`"char_filter": ["html_strip"]`, "<p>heat</p>", "heat"},
		{`"analyzer": "query"`, "Amélie's LOTR & films", "amelie lord lotr ring and film"},
		{`"normalizer": "sorting"`, " Ámélie & 42 ", "amelie and #2"},
	} {
		t.Run(c.chain, func(t *testing.T) {
			t.Parallel()
			got := analyze(t, index, c.chain, c.text)
			if !equalTokens(got, c.want) {
				t.Errorf("%s on %q: got %q, want %q", c.chain, c.text, got, c.want)
			}
		})
	}
}

// equalTokens compares tokens with a text that separates them by blanks, or by bars if it contains one.
func equalTokens(got []string, want string) bool {
	separator := " "
	if strings.Contains(want, "|") {
		separator = "|"
	}
	return strings.Join(got, separator) == want
}

func analyze(t *testing.T, index, chain, text string) []string {
	t.Helper()
	if strings.HasPrefix(chain, `"filter"`) || strings.HasPrefix(chain, `"char_filter"`) && !strings.Contains(chain, `"tokenizer"`) {
		chain = `"tokenizer": "whitespace", ` + chain
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Tokens []struct {
			Token string `json:"token"`
		} `json:"tokens"`
	}
	send(t, http.MethodPost, index+"/_analyze", fmt.Sprintf(`{%s, "text": %s}`, chain, quoted), http.StatusOK, &answer)
	tokens := make([]string, len(answer.Tokens))
	for i, token := range answer.Tokens {
		tokens[i] = token.Token
	}
	return tokens
}

// Settings that the official distribution refuses are refused here.
func TestAnalysisRefused(t *testing.T) {
	t.Parallel()
	base := devstack.Elasticsearch(t)
	prefix := devstack.IndexPrefix(t)
	for name, analysis := range map[string]string{
		"wide-grams":    `"filter": {"f": {"type": "ngram", "min_gram": 2, "max_gram": 5}}`,
		"wide-tokens":   `"tokenizer": {"f": {"type": "ngram", "min_gram": 2, "max_gram": 5}}`,
		"no-keywords":   `"filter": {"f": {"type": "keyword_marker"}}`,
		"no-length":     `"filter": {"f": {"type": "truncate"}}`,
		"no-synonyms":   `"filter": {"f": {"type": "synonym_graph"}}`,
		"no-language":   `"filter": {"f": {"type": "stemmer", "language": "klingon"}}`,
		"repeat-a-type": `"filter": {"f": {"type": "keyword_repeat"}}`,
		"bad-rule":      `"char_filter": {"f": {"type": "mapping", "mappings": ["a"]}}`,
		"grams-before":  `"filter": {"s": {"type": "synonym_graph", "synonyms": ["a, b"]}}, "analyzer": {"f": {"tokenizer": "standard", "filter": ["edge_ngram", "s"]}}`,
		"lost-synonym":  `"filter": {"s": {"type": "synonym_graph", "synonyms": ["the, b"]}}, "analyzer": {"f": {"tokenizer": "standard", "filter": ["stop", "s"]}}`,
		"no-normalizer": `"normalizer": {"f": {"filter": ["porter_stem"]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			send(t, http.MethodPut, base+"/"+prefix+name, `{"settings": {"analysis": {`+analysis+`}}}`, http.StatusBadRequest, nil)
		})
	}
}
