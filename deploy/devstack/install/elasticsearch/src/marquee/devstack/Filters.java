package marquee.devstack;

import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.FilteringTokenFilter;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.el.GreekLowerCaseFilter;
import org.apache.lucene.analysis.en.EnglishMinimalStemFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.ga.IrishLowerCaseFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.PatternKeywordMarkerFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.miscellaneous.SetKeywordMarkerFilter;
import org.apache.lucene.analysis.pattern.PatternReplaceFilter;
import org.apache.lucene.analysis.pattern.PatternTokenizer;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tr.TurkishLowerCaseFilter;
import org.apache.lucene.analysis.util.ElisionFilter;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.tartarus.snowball.ext.EnglishStemmer;

/** Token filters that need a few lines each. Settings are read once, when the index is created or opened. */
final class Filters {
    private Filters() {}

    /** A filter that a later synonym filter also applies to its rules. This is the default for filters. */
    static AnalysisProvider<TokenFilterFactory> plain(Function<Settings, UnaryOperator<TokenStream>> read) {
        return (index, environment, name, settings) -> new Plain(name, read.apply(settings));
    }

    static AnalysisProvider<TokenFilterFactory> normalizing(Function<Settings, UnaryOperator<TokenStream>> read) {
        return (index, environment, name, settings) -> new Normalizing(name, read.apply(settings));
    }

    private record Plain(String name, UnaryOperator<TokenStream> filter) implements TokenFilterFactory {
        @Override
        public TokenStream create(TokenStream in) {
            return filter.apply(in);
        }
    }

    private record Normalizing(String name, UnaryOperator<TokenStream> filter) implements NormalizingTokenFilterFactory {
        @Override
        public TokenStream create(TokenStream in) {
            return filter.apply(in);
        }
    }

    /** A filter whose output cannot be a synonym rule, so it must come after the synonym filter. */
    record Branching(String name, UnaryOperator<TokenStream> filter) implements TokenFilterFactory {
        @Override
        public TokenStream create(TokenStream in) {
            return filter.apply(in);
        }

        @Override
        public TokenFilterFactory getSynonymFilter() {
            throw new IllegalArgumentException("Token filter [" + name + "] cannot be used to parse synonyms");
        }
    }

    /** Emits the original as a second token if preserve is set, but neither in a normalizer nor in synonym rules. */
    record Folding(String name, boolean preserve) implements NormalizingTokenFilterFactory {
        @Override
        public TokenStream create(TokenStream in) {
            return new ASCIIFoldingFilter(in, preserve);
        }

        @Override
        public TokenStream normalize(TokenStream in) {
            return new ASCIIFoldingFilter(in);
        }

        @Override
        public TokenFilterFactory getSynonymFilter() {
            return new Folding(name, false);
        }
    }

    static UnaryOperator<TokenStream> lowercase(Settings settings) {
        String language = settings.get("language");
        if (language == null) {
            return LowerCaseFilter::new;
        }
        return switch (language.toLowerCase(Locale.ROOT)) {
            case "greek" -> GreekLowerCaseFilter::new;
            case "irish" -> IrishLowerCaseFilter::new;
            case "turkish" -> TurkishLowerCaseFilter::new;
            default -> throw new IllegalArgumentException("language [" + language + "] not support for lower case");
        };
    }

    /** The English stemmers only; the distribution has many more. */
    static UnaryOperator<TokenStream> stemmer(Settings settings) {
        String language = settings.get("language", settings.get("name", "porter"));
        return switch (language.toLowerCase(Locale.ROOT)) {
            case "porter", "english" -> PorterStemFilter::new;
            case "porter2" -> in -> new SnowballFilter(in, new EnglishStemmer());
            case "kstem", "light_english", "lightenglish" -> KStemFilter::new;
            case "minimal_english", "minimalenglish" -> EnglishMinimalStemFilter::new;
            case "possessive_english", "possessiveenglish" -> EnglishPossessiveFilter::new;
            default -> throw new IllegalArgumentException("Invalid stemmer class specified: " + language);
        };
    }

    static UnaryOperator<TokenStream> patternReplace(Settings settings) {
        Pattern pattern = requiredPattern(settings);
        String replacement = settings.get("replacement", "");
        boolean all = settings.getAsBoolean("all", true);
        return in -> new PatternReplaceFilter(in, pattern, replacement, all);
    }

    static Pattern requiredPattern(Settings settings) {
        String pattern = settings.get("pattern");
        if (pattern == null) {
            throw new IllegalArgumentException("pattern is missing for [pattern_replace]");
        }
        return Regex.compile(pattern, settings.get("flags"));
    }

    static TokenFilterFactory elision(IndexSettings index, Environment environment, String name, Settings settings) {
        CharArraySet articles = Analysis.parseArticles(environment, settings);
        if (articles == null) {
            throw new IllegalArgumentException("elision filter requires [articles] or [articles_path] setting");
        }
        return new Normalizing(name, in -> new ElisionFilter(in, articles));
    }

    static TokenFilterFactory keywordMarker(IndexSettings index, Environment environment, String name, Settings settings) {
        String pattern = settings.get("keywords_pattern");
        if (pattern != null) {
            if (settings.get("keywords") != null || settings.get("keywords_path") != null) {
                throw new IllegalArgumentException("cannot specify both `keywords_pattern` and `keywords` or `keywords_path`");
            }
            Pattern compiled = Pattern.compile(pattern);
            return new Plain(name, in -> new PatternKeywordMarkerFilter(in, compiled));
        }
        Set<?> words = Analysis.getWordSet(environment, settings, "keywords");
        if (words == null) {
            throw new IllegalArgumentException(
                "keyword filter requires either `keywords`, `keywords_path`, or `keywords_pattern` to be configured");
        }
        CharArraySet marked = new CharArraySet(words, settings.getAsBoolean("ignore_case", false));
        return new Plain(name, in -> new SetKeywordMarkerFilter(in, marked));
    }

    static UnaryOperator<TokenStream> unique(Settings settings) {
        if (settings.getAsBoolean("only_on_same_position", false)) {
            return RemoveDuplicatesTokenFilter::new;
        }
        return Unique::new;
    }

    /** Drops every token whose text occurred before. Positions keep the gap, which phrases see. */
    private static final class Unique extends FilteringTokenFilter {
        private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
        private final CharArraySet seen = new CharArraySet(8, false);

        Unique(TokenStream in) {
            super(in);
        }

        @Override
        protected boolean accept() {
            return seen.add(term.toString());
        }

        @Override
        public void reset() throws IOException {
            super.reset();
            seen.clear();
        }
    }

    static TokenizerFactory patternTokenizer(String name, Settings settings) {
        Pattern pattern = Regex.compile(settings.get("pattern", "\\W+"), settings.get("flags"));
        int group = settings.getAsInt("group", -1);
        return TokenizerFactory.newFactory(name, () -> new PatternTokenizer(pattern, group));
    }
}
