package marquee.devstack;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.text.ParseException;
import java.util.List;
import java.util.function.Function;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.synonym.SolrSynonymParser;
import org.apache.lucene.analysis.synonym.SynonymFilter;
import org.apache.lucene.analysis.synonym.SynonymGraphFilter;
import org.apache.lucene.analysis.synonym.SynonymMap;
import org.apache.lucene.analysis.synonym.WordnetSynonymParser;
import org.apache.lucene.util.CharsRef;
import org.apache.lucene.util.CharsRefBuilder;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexService.IndexCreationContext;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.AnalysisMode;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.CustomAnalyzer;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;

/** synonym and synonym_graph. Their rules pass through the tokenizer and the filters before them. */
final class Synonyms implements TokenFilterFactory {
    private final Environment environment;
    private final String name;
    private final Settings settings;
    private final boolean graph;
    private final boolean lenient;
    private final AnalysisMode mode;

    Synonyms(Environment environment, String name, Settings settings, boolean graph) {
        this.environment = environment;
        this.name = name;
        this.settings = settings;
        this.graph = graph;
        boolean updateable = settings.getAsBoolean("updateable", false);
        this.lenient = settings.getAsBoolean("lenient", updateable);
        this.mode = updateable ? AnalysisMode.SEARCH_TIME : AnalysisMode.ALL;
        if (!settings.hasValue("synonyms") && !settings.hasValue("synonyms_path")) {
            throw new IllegalArgumentException("synonym requires either `synonyms` or `synonyms_path` to be configured");
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public AnalysisMode getAnalysisMode() {
        return mode;
    }

    @Override
    public TokenStream create(TokenStream in) {
        throw new IllegalStateException("synonyms must first be read for an analysis chain");
    }

    @Override
    public TokenFilterFactory getChainAwareTokenFilterFactory(
        IndexCreationContext context,
        TokenizerFactory tokenizer,
        List<CharFilterFactory> charFilters,
        List<TokenFilterFactory> before,
        Function<String, TokenFilterFactory> all) {
        Analyzer chain = new CustomAnalyzer(
            tokenizer,
            charFilters.toArray(new CharFilterFactory[0]),
            before.stream().map(TokenFilterFactory::getSynonymFilter).toArray(TokenFilterFactory[]::new));
        return new Read(name, graph, mode, read(chain));
    }

    private record Read(String name, boolean graph, AnalysisMode mode, SynonymMap map) implements TokenFilterFactory {
        @Override
        public TokenStream create(TokenStream in) {
            if (map.fst == null) { // no rule remains
                return in;
            }
            return graph ? new SynonymGraphFilter(in, map, false) : deprecated(in);
        }

        @SuppressWarnings("deprecation") // the filter "synonym" is defined by it
        private TokenStream deprecated(TokenStream in) {
            return new SynonymFilter(in, map, false);
        }

        @Override
        public AnalysisMode getAnalysisMode() {
            return mode;
        }

        /** The rules of an earlier synonym filter do not expand the rules of a later one. */
        @Override
        public TokenFilterFactory getSynonymFilter() {
            return IDENTITY_FILTER;
        }
    }

    private SynonymMap read(Analyzer chain) {
        boolean expand = settings.getAsBoolean("expand", true);
        boolean wordnet = "wordnet".equalsIgnoreCase(settings.get("format", ""));
        try (Reader rules = rules()) {
            SynonymMap.Parser parser =
                wordnet ? new WordnetSynonymParser(true, expand, chain) : new Rules(expand, lenient, chain);
            parser.parse(rules);
            return parser.build();
        } catch (IOException | ParseException | IllegalArgumentException failure) {
            throw new IllegalArgumentException("failed to build synonyms from [" + name + "]", failure);
        }
    }

    private Reader rules() {
        List<String> inline = settings.getAsList("synonyms", null);
        if (inline == null) {
            return Analysis.getReaderFromFile(environment, settings.get("synonyms_path"), "synonyms");
        }
        return new StringReader(String.join("\n", inline));
    }

    /** Lenient rules lose the words that the chain removes, instead of failing. */
    private static final class Rules extends SolrSynonymParser {
        private final boolean lenient;

        Rules(boolean expand, boolean lenient, Analyzer chain) {
            super(true, expand, chain);
            this.lenient = lenient;
        }

        @Override
        public CharsRef analyze(String text, CharsRefBuilder reuse) throws IOException {
            try {
                return super.analyze(text, reuse);
            } catch (IllegalArgumentException failure) {
                if (!lenient) {
                    throw failure;
                }
                return new CharsRef();
            }
        }

        @Override
        public void add(CharsRef input, CharsRef output, boolean keepOriginal) {
            if (lenient && (input.length == 0 || output.length == 0)) {
                return;
            }
            super.add(input, output, keepOriginal);
        }
    }
}
