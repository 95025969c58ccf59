package org.pagepool.demo.cli;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds what a user most likely meant, by the number of letters inserted, left out, replaced or swapped. */
public final class Nearest {
    private Nearest() {}

    /** The candidate nearest to {@code word}, the first of equals; null if none is near enough to suggest. */
    public static @Nullable String to(String word, Collection<String> candidates) {
        int best = Math.max(1, word.length() / 3) + 1;
        String nearest = null;
        for (String candidate : candidates) {
            int distance = Math.abs(candidate.length() - word.length()) < best ? distance(word, candidate) : best;
            if (distance < best) {
                best = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /** "did you mean X?" if one is near, otherwise which there are, in the words of {@code noun}. */
    public static String suggestion(String word, Collection<String> candidates, String noun) {
        String nearest = to(word, candidates);
        if (nearest != null) {
            return "did you mean \"" + nearest + "\"?";
        }
        if (candidates.isEmpty()) {
            return "there are no " + noun;
        }
        String more = candidates.size() > LISTED_MAX ? ", ..." : "";
        return noun + " are "
                + String.join(", ", candidates.stream().limit(LISTED_MAX).toList()) + more;
    }

    private static final int LISTED_MAX = 16;

    /** Damerau-Levenshtein distance in its restricted form: no letter is touched twice. Case does not count. */
    static int distance(String left, String right) {
        String a = left.toLowerCase(Locale.ROOT);
        String b = right.toLowerCase(Locale.ROOT);
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                d[i][j] = i == 0 || j == 0 ? i + j : step(d, a, b, i, j);
            }
        }
        return d[a.length()][b.length()];
    }

    private static int step(int[][] d, String a, String b, int i, int j) {
        int replace = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int least = Math.min(replace, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(least, d[i - 2][j - 2] + 1) : least;
    }
}
