package marquee.devstack;

import static org.elasticsearch.plugins.AnalysisPlugin.requiresAnalysisSettings;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.analysis.charfilter.HTMLStripCharFilter;
import org.apache.lucene.analysis.core.DecimalDigitFilter;
import org.apache.lucene.analysis.core.FlattenGraphFilter;
import org.apache.lucene.analysis.core.KeywordTokenizer;
import org.apache.lucene.analysis.core.LetterTokenizer;
import org.apache.lucene.analysis.core.UpperCaseFilter;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.miscellaneous.KeywordRepeatFilter;
import org.apache.lucene.analysis.miscellaneous.LengthFilter;
import org.apache.lucene.analysis.miscellaneous.LimitTokenCountFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.miscellaneous.TrimFilter;
import org.apache.lucene.analysis.miscellaneous.TruncateTokenFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenFilter;
import org.apache.lucene.analysis.reverse.ReverseStringFilter;
import org.apache.lucene.analysis.tr.ApostropheFilter;
import org.apache.lucene.analysis.util.ElisionFilter;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/**
 * Registers Lucene's analysis components with the names, parameters and defaults that Elasticsearch documents. In the
 * official distribution they are a module that is not published as an artifact. Settings that work here work there.
 */
public final class CommonAnalysis extends Plugin implements AnalysisPlugin {
    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        Map<String, AnalysisProvider<TokenFilterFactory>> filters = new TreeMap<>();
        putNormalizing(filters);
        putStemming(filters);
        putSelecting(filters);
        filters.put("ngram", Grams::filter);
        filters.put("edge_ngram", Grams::edgeFilter);
        filters.put("word_delimiter_graph", WordParts::filter);
        filters.put("flatten_graph", Filters.plain(s -> FlattenGraphFilter::new));
        filters.put("synonym", requiresAnalysisSettings((i, e, n, s) -> new Synonyms(e, n, s, false)));
        filters.put("synonym_graph", requiresAnalysisSettings((i, e, n, s) -> new Synonyms(e, n, s, true)));
        return filters;
    }

    /** Filters that work on single characters, and so are allowed in a normalizer. */
    private static void putNormalizing(Map<String, AnalysisProvider<TokenFilterFactory>> filters) {
        filters.put("asciifolding", (i, e, n, s) -> new Filters.Folding(n, s.getAsBoolean("preserve_original", false)));
        filters.put("lowercase", Filters.normalizing(Filters::lowercase));
        filters.put("uppercase", Filters.normalizing(s -> UpperCaseFilter::new));
        filters.put("decimal_digit", Filters.normalizing(s -> DecimalDigitFilter::new));
        filters.put("trim", Filters.normalizing(s -> TrimFilter::new));
        filters.put("elision", requiresAnalysisSettings(Filters::elision));
        filters.put("pattern_replace", requiresAnalysisSettings(Filters.normalizing(Filters::patternReplace)));
    }

    private static void putStemming(Map<String, AnalysisProvider<TokenFilterFactory>> filters) {
        filters.put("stemmer", Filters.plain(Filters::stemmer));
        filters.put("porter_stem", Filters.plain(s -> PorterStemFilter::new));
        filters.put("kstem", Filters.plain(s -> KStemFilter::new));
        filters.put("apostrophe", Filters.plain(s -> ApostropheFilter::new));
        filters.put("keyword_marker", requiresAnalysisSettings(Filters::keywordMarker));
        filters.put("reverse", Filters.plain(s -> ReverseStringFilter::new));
    }

    private static void putSelecting(Map<String, AnalysisProvider<TokenFilterFactory>> filters) {
        filters.put("unique", Filters.plain(Filters::unique));
        filters.put("remove_duplicates", Filters.plain(s -> RemoveDuplicatesTokenFilter::new));
        filters.put("length", Filters.plain(s -> {
            int min = s.getAsInt("min", 0);
            int max = s.getAsInt("max", Integer.MAX_VALUE);
            return in -> new LengthFilter(in, min, max);
        }));
        filters.put("truncate", requiresAnalysisSettings(Filters.plain(s -> {
            int length = s.getAsInt("length", -1);
            if (length <= 0) {
                throw new IllegalArgumentException("length parameter must be provided");
            }
            return in -> new TruncateTokenFilter(in, length);
        })));
        filters.put("limit", Filters.plain(s -> {
            int count = s.getAsInt("max_token_count", 1);
            boolean all = s.getAsBoolean("consume_all_tokens", false);
            return in -> new LimitTokenCountFilter(in, count, all);
        }));
    }

    /** Names that mean another filter without settings than in a definition, or that no definition may use. */
    @Override
    public List<PreConfiguredTokenFilter> getPreConfiguredTokenFilters() {
        return List.of(
            PreConfiguredTokenFilter.singleton("edge_ngram", false, false, in -> new EdgeNGramTokenFilter(in, 1)),
            PreConfiguredTokenFilter.singleton("keyword_repeat", false, false, KeywordRepeatFilter::new),
            PreConfiguredTokenFilter.singleton(
                "elision", true, in -> new ElisionFilter(in, FrenchAnalyzer.DEFAULT_ARTICLES)),
            PreConfiguredTokenFilter.singleton("truncate", false, in -> new TruncateTokenFilter(in, 10)));
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        Map<String, AnalysisProvider<TokenizerFactory>> tokenizers = new TreeMap<>();
        tokenizers.put("ngram", Grams::tokenizer);
        tokenizers.put("edge_ngram", Grams::edgeTokenizer);
        tokenizers.put("pattern", (i, e, n, s) -> Filters.patternTokenizer(n, s));
        tokenizers.put("letter", (i, e, n, s) -> TokenizerFactory.newFactory(n, LetterTokenizer::new));
        tokenizers.put("whitespace", (i, e, n, s) -> {
            int longest = s.getAsInt("max_token_length", 255);
            return TokenizerFactory.newFactory(n, () -> new WhitespaceTokenizer(longest));
        });
        tokenizers.put("keyword", (i, e, n, s) -> {
            int buffer = s.getAsInt("buffer_size", KeywordTokenizer.DEFAULT_BUFFER_SIZE);
            return TokenizerFactory.newFactory(n, () -> new KeywordTokenizer(buffer));
        });
        return tokenizers;
    }

    @Override
    public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
        Map<String, AnalysisProvider<CharFilterFactory>> filters = new TreeMap<>();
        filters.put("mapping", requiresAnalysisSettings(CharFilters::mapping));
        filters.put("pattern_replace", requiresAnalysisSettings(CharFilters::patternReplace));
        filters.put("html_strip", (i, e, n, s) -> {
            Set<String> kept = Set.copyOf(s.getAsList("escaped_tags"));
            return CharFilters.plain(n, in -> new HTMLStripCharFilter(in, kept));
        });
        return filters;
    }
}
