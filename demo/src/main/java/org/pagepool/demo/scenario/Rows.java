package org.pagepool.demo.scenario;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The numbers there are for rows of the protocol: {@code B38}, {@code R25}, {@code D11}, {@code I6}. */
final class Rows {
    private record Kind(char letter, int most) {}

    private static final List<Kind> KINDS =
            List.of(new Kind('B', 53), new Kind('R', 33), new Kind('D', 16), new Kind('I', 12));

    private static final Pattern ID = Pattern.compile("([BRDI])([1-9][0-9]?)");

    private Rows() {}

    /** Why that is no row, as "what; what would be right", or null if it is one. */
    static @Nullable String wrong(String id) {
        Matcher parts = ID.matcher(id);
        if (parts.matches()) {
            int number = Integer.parseInt(parts.group(2));
            return KINDS.stream().anyMatch(k -> k.letter == id.charAt(0) && number <= k.most) ? null : unknown();
        }
        String upper = id.toUpperCase(Locale.ROOT);
        return !upper.equals(id) && wrong(upper) == null ? "is no row; did you mean \"" + upper + "\"?" : unknown();
    }

    private static String unknown() {
        return "is no row; rows are B1 to B53, R1 to R33, D1 to D16 and I1 to I12";
    }
}
