package marquee.devstack;

import java.io.Reader;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.charfilter.MappingCharFilter;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.pattern.PatternReplaceCharFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingCharFilterFactory;

/** Character filters, and the rules "a => b" that token filters use too. */
final class CharFilters {
    private static final Pattern RULE = Pattern.compile("(.*)\\s*=>\\s*(.*)\\s*$");

    private CharFilters() {}

    static CharFilterFactory plain(String name, UnaryOperator<Reader> filter) {
        return new Plain(name, filter);
    }

    private record Plain(String name, UnaryOperator<Reader> filter) implements CharFilterFactory {
        @Override
        public Reader create(Reader in) {
            return filter.apply(in);
        }
    }

    private record Normalizing(String name, UnaryOperator<Reader> filter) implements NormalizingCharFilterFactory {
        @Override
        public Reader create(Reader in) {
            return filter.apply(in);
        }
    }

    static CharFilterFactory patternReplace(IndexSettings index, Environment environment, String name, Settings settings) {
        Pattern pattern = Filters.requiredPattern(settings);
        String replacement = settings.get("replacement", "");
        return new Normalizing(name, in -> new PatternReplaceCharFilter(pattern, replacement, in));
    }

    static CharFilterFactory mapping(IndexSettings index, Environment environment, String name, Settings settings) {
        List<String> rules = Analysis.getWordList(environment, settings, "mappings");
        if (rules == null) {
            throw new IllegalArgumentException("mapping requires either `mappings` or `mappings_path` to be configured");
        }
        NormalizeCharMap.Builder map = new NormalizeCharMap.Builder();
        Set<String> known = new HashSet<>();
        for (String rule : rules) {
            String[] sides = sides(rule);
            if (!known.add(sides[0])) {
                throw new IllegalArgumentException("match \"" + sides[0] + "\" was already added");
            }
            map.add(sides[0], sides[1]);
        }
        NormalizeCharMap built = map.build();
        return new Normalizing(name, in -> new MappingCharFilter(built, in));
    }

    /** Splits "left => right" and resolves the escapes of both sides. */
    static String[] sides(String rule) {
        Matcher matcher = RULE.matcher(rule);
        if (!matcher.find()) {
            throw new IllegalArgumentException("Invalid Mapping Rule : [" + rule + "]");
        }
        return new String[] {unescape(matcher.group(1).trim()), unescape(matcher.group(2).trim())};
    }

    private static String unescape(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int at = 0; at < text.length(); at++) {
            char character = text.charAt(at);
            if (character != '\\') {
                out.append(character);
                continue;
            }
            if (++at >= text.length()) {
                throw new IllegalArgumentException("Invalid escaped char in [" + text + "]");
            }
            switch (text.charAt(at)) {
                case '\\' -> out.append('\\');
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case 'r' -> out.append('\r');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'u' -> {
                    if (at + 4 >= text.length()) {
                        throw new IllegalArgumentException("Invalid escaped char in [" + text + "]");
                    }
                    out.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                    at += 4;
                }
                default -> out.append(text.charAt(at));
            }
        }
        return out.toString();
    }
}
