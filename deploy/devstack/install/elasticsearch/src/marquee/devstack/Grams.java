package marquee.devstack;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenizer;
import org.apache.lucene.analysis.ngram.NGramTokenFilter;
import org.apache.lucene.analysis.ngram.NGramTokenizer;
import org.apache.lucene.analysis.reverse.ReverseStringFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;

/** Filters and tokenizers that split text into pieces of min_gram to max_gram characters. */
final class Grams {
    private Grams() {}

    private record Lengths(int min, int max) {
        static Lengths of(Settings settings) {
            return new Lengths(settings.getAsInt("min_gram", 1), settings.getAsInt("max_gram", 2));
        }

        /** Refuses long ranges unless the index allows them, as the distribution does. */
        Lengths within(IndexSettings index, String kind) {
            int limit = index.getMaxNgramDiff();
            if (max - min > limit) {
                throw new IllegalArgumentException(
                    "The difference between max_gram and min_gram in NGram " + kind + " must be less than or equal to: ["
                        + limit + "] but was [" + (max - min) + "]. This limit can be set by changing the ["
                        + IndexSettings.MAX_NGRAM_DIFF_SETTING.getKey() + "] index level setting.");
            }
            return this;
        }
    }

    static TokenFilterFactory filter(IndexSettings index, Environment environment, String name, Settings settings) {
        Lengths lengths = Lengths.of(settings).within(index, "Token Filter");
        boolean preserve = settings.getAsBoolean("preserve_original", false);
        return new Filters.Branching(name, in -> new NGramTokenFilter(in, lengths.min, lengths.max, preserve));
    }

    static TokenFilterFactory edgeFilter(IndexSettings index, Environment environment, String name, Settings settings) {
        Lengths lengths = Lengths.of(settings);
        boolean preserve = settings.getAsBoolean("preserve_original", false);
        boolean back = switch (settings.get("side", "front").toLowerCase(Locale.ROOT)) {
            case "front" -> false;
            case "back" -> true;
            default -> throw new IllegalArgumentException("invalid side: " + settings.get("side"));
        };
        return new Filters.Branching(name, in -> {
            TokenStream source = back ? new ReverseStringFilter(in) : in;
            TokenStream grams = new EdgeNGramTokenFilter(source, lengths.min, lengths.max, preserve);
            return back ? new ReverseStringFilter(grams) : grams;
        });
    }

    static TokenizerFactory tokenizer(IndexSettings index, Environment environment, String name, Settings settings) {
        Lengths lengths = Lengths.of(settings).within(index, "Tokenizer");
        IntPredicate kept = tokenCharacters(settings);
        return TokenizerFactory.newFactory(name, () -> new NGramTokenizer(lengths.min, lengths.max) {
            @Override
            protected boolean isTokenChar(int character) {
                return kept.test(character);
            }
        });
    }

    static TokenizerFactory edgeTokenizer(IndexSettings index, Environment environment, String name, Settings settings) {
        Lengths lengths = Lengths.of(settings);
        IntPredicate kept = tokenCharacters(settings);
        return TokenizerFactory.newFactory(name, () -> new EdgeNGramTokenizer(lengths.min, lengths.max) {
            @Override
            protected boolean isTokenChar(int character) {
                return kept.test(character);
            }
        });
    }

    private static IntPredicate tokenCharacters(Settings settings) {
        List<String> classes = settings.getAsList("token_chars");
        if (classes.isEmpty()) {
            return character -> true;
        }
        IntPredicate any = character -> false;
        for (String name : classes) {
            any = any.or(characterClass(name.toLowerCase(Locale.ROOT).trim(), settings));
        }
        return any;
    }

    private static IntPredicate characterClass(String name, Settings settings) {
        return switch (name) {
            case "letter" -> Character::isLetter;
            case "digit" -> Character::isDigit;
            case "whitespace" -> Character::isWhitespace;
            case "punctuation" -> ofTypes(
                Character.START_PUNCTUATION, Character.END_PUNCTUATION, Character.OTHER_PUNCTUATION,
                Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION,
                Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION);
            case "symbol" -> ofTypes(
                Character.CURRENCY_SYMBOL, Character.MATH_SYMBOL, Character.OTHER_SYMBOL, Character.MODIFIER_SYMBOL);
            case "custom" -> custom(settings.get("custom_token_chars"));
            default -> throw new IllegalArgumentException("Unknown token type: '" + name
                + "', must be one of [letter, digit, whitespace, punctuation, symbol, custom]");
        };
    }

    private static IntPredicate ofTypes(byte... types) {
        Set<Integer> wanted = new HashSet<>();
        for (byte type : types) {
            wanted.add((int) type);
        }
        return character -> wanted.contains(Character.getType(character));
    }

    private static IntPredicate custom(String characters) {
        if (characters == null) {
            throw new IllegalArgumentException("Token type: 'custom' requires setting `custom_token_chars`");
        }
        return character -> characters.indexOf(character) >= 0;
    }
}
