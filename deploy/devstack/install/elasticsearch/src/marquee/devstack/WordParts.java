package marquee.devstack;

import static org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter.CATENATE_ALL;
import static org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter.CATENATE_NUMBERS;
import static org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter.CATENATE_WORDS;
import static org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter.GENERATE_NUMBER_PARTS;
import static org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter.GENERATE_WORD_PARTS;
import static org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter.IGNORE_KEYWORDS;
import static org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter.PRESERVE_ORIGINAL;
import static org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter.SPLIT_ON_CASE_CHANGE;
import static org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter.SPLIT_ON_NUMERICS;
import static org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter.STEM_ENGLISH_POSSESSIVE;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter;
import org.apache.lucene.analysis.miscellaneous.WordDelimiterIterator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.TokenFilterFactory;

/** word_delimiter_graph: splits "Spider-Man2" at punctuation, case changes and digits. */
final class WordParts {
    private WordParts() {}

    static TokenFilterFactory filter(IndexSettings index, Environment environment, String name, Settings settings) {
        int flags = flags(settings);
        boolean adjust = settings.getAsBoolean("adjust_offsets", true);
        List<String> table = Analysis.getWordList(environment, settings, "type_table");
        byte[] types = table == null || table.isEmpty() ? WordDelimiterIterator.DEFAULT_WORD_DELIM_TABLE : types(table);
        Set<?> words = Analysis.getWordSet(environment, settings, "protected_words");
        CharArraySet whole = words == null ? null : CharArraySet.copy(words);
        return new Filters.Branching(name, in -> new WordDelimiterGraphFilter(in, adjust, types, flags, whole));
    }

    private static int flags(Settings settings) {
        return flag(settings, "generate_word_parts", true, GENERATE_WORD_PARTS)
            | flag(settings, "generate_number_parts", true, GENERATE_NUMBER_PARTS)
            | flag(settings, "catenate_words", false, CATENATE_WORDS)
            | flag(settings, "catenate_numbers", false, CATENATE_NUMBERS)
            | flag(settings, "catenate_all", false, CATENATE_ALL)
            | flag(settings, "split_on_case_change", true, SPLIT_ON_CASE_CHANGE)
            | flag(settings, "preserve_original", false, PRESERVE_ORIGINAL)
            | flag(settings, "split_on_numerics", true, SPLIT_ON_NUMERICS)
            | flag(settings, "stem_english_possessive", true, STEM_ENGLISH_POSSESSIVE)
            | flag(settings, "ignore_keywords", false, IGNORE_KEYWORDS);
    }

    private static int flag(Settings settings, String name, boolean usual, int flag) {
        return settings.getAsBoolean(name, usual) ? flag : 0;
    }

    /** Returns Lucene's table with the changes of lines such as "% => DIGIT". */
    private static byte[] types(List<String> lines) {
        byte[] usual = WordDelimiterIterator.DEFAULT_WORD_DELIM_TABLE;
        byte[] types = usual;
        for (String line : lines) {
            String[] sides = CharFilters.sides(line);
            if (sides[0].length() != 1) {
                throw new IllegalArgumentException("Invalid Mapping Rule : [" + line + "]. Only a single character is allowed.");
            }
            char character = sides[0].charAt(0);
            if (character >= types.length) {
                int known = types.length;
                types = Arrays.copyOf(types, character + 1);
                for (int other = known; other < character; other++) {
                    types[other] = WordDelimiterIterator.getType(other);
                }
            } else if (types == usual) {
                types = usual.clone();
            }
            types[character] = type(sides[1], line);
        }
        return types;
    }

    private static byte type(String name, String line) {
        return switch (name.toUpperCase(Locale.ROOT)) {
            case "LOWER" -> 1; // Lucene does not export names for 1, 2, 4 and 8
            case "UPPER" -> 2;
            case "ALPHA" -> WordDelimiterIterator.ALPHA;
            case "DIGIT" -> 4;
            case "ALPHANUM" -> WordDelimiterIterator.ALPHANUM;
            case "SUBWORD_DELIM" -> 8;
            default -> throw new IllegalArgumentException("Invalid Mapping Rule : [" + line + "]. Illegal type.");
        };
    }
}
