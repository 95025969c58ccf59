package org.pagepool.demo.conform;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.pagepool.demo.cli.Nearest;
import org.pagepool.demo.cli.UsageException;

/** Reads what users give for rows: {@code B4}, {@code b1-b5}, {@code R1-9}, {@code D}. */
final class RowRange {
    private static final Pattern RANGE = Pattern.compile("([A-Z])([0-9]{1,4})(?:-([A-Z])?([0-9]{1,4}))?");

    private RowRange() {}

    /**
     * Ids of the rows that are meant.
     *
     * @throws UsageException if there is no such row, saying which was likely meant
     */
    static List<String> ids(String given) {
        String text = given.strip().toUpperCase(Locale.ROOT);
        if (text.length() == 1 && !ConformTable.rows(text.charAt(0)).isEmpty()) {
            return ConformTable.rows(text.charAt(0)).stream().map(Row::id).toList();
        }
        Matcher range = RANGE.matcher(text);
        if (!range.matches()) {
            throw new UsageException("--row " + given + ": no such row; " + instead(given));
        }
        char kind = text.charAt(0);
        int first = number(given, kind, range.group(2));
        String end = range.group(4);
        if (range.group(3) != null && range.group(3).charAt(0) != kind) {
            throw new UsageException(
                    "--row " + given + ": a range has rows of one kind; want " + kind + first + "-" + kind + end);
        }
        int last = end == null ? first : number(given, kind, end);
        if (last < first) {
            throw new UsageException(
                    "--row " + given + ": ends before it begins; want " + kind + last + "-" + kind + first);
        }
        List<String> ids = new ArrayList<>();
        for (int number = first; number <= last; number++) {
            ids.add(String.valueOf(kind) + number);
        }
        return ids;
    }

    private static int number(String given, char kind, String digits) {
        int number = Integer.parseInt(digits);
        int most = ConformTable.rows(kind).size();
        if (number < 1 || number > most) {
            String row = String.valueOf(kind) + number;
            throw new UsageException("--row " + given + ": there is no row " + row + "; want "
                    + (most == 0 ? kinds() : kind + "1 to " + kind + most));
        }
        return number;
    }

    private static String instead(String given) {
        Map<String, String> words = new LinkedHashMap<>();
        ConformTable.rows().forEach(row -> words.put(row.id(), row.id()));
        ConformTable.rows().forEach(row -> words.put(row.name(), row.id()));
        String nearest = Nearest.to(given, words.keySet());
        return nearest == null ? "want " + kinds() : "did you mean " + words.get(nearest) + "?";
    }

    /** {@code B1 to B53, R1 to R33, ...}. */
    private static String kinds() {
        return "BRDI"
                .chars()
                .mapToObj(kind -> (char) kind + "1 to " + (char) kind
                        + ConformTable.rows((char) kind).size())
                .collect(Collectors.joining(", "));
    }
}
