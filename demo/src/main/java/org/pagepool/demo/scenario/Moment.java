package org.pagepool.demo.scenario;

import java.math.BigDecimal;
import java.time.Duration;

/** When an entry of the timeline is due. */
public sealed interface Moment {
    /** True when it is due or past. */
    boolean due(Limits limits, long operationsDone, Duration elapsed);

    /** As scenarios write it: {@code 2s}, {@code 50%}. */
    String label();

    /**
     * A time since the load began.
     *
     * @param elapsed zero or more
     */
    record Elapsed(Duration elapsed) implements Moment {
        @Override
        public boolean due(Limits limits, long operationsDone, Duration now) {
            return now.compareTo(elapsed) >= 0;
        }

        @Override
        public String label() {
            return Durations.exact(elapsed);
        }
    }

    /**
     * A part of the limits, of whichever is nearest ({@link Limits#percent}).
     *
     * @param percent 0 to 100
     */
    record Progress(double percent) implements Moment {
        @Override
        public boolean due(Limits limits, long operationsDone, Duration elapsed) {
            return limits.percent(operationsDone, elapsed) >= percent;
        }

        @Override
        public String label() {
            return BigDecimal.valueOf(percent).stripTrailingZeros().toPlainString() + "%";
        }
    }

    /**
     * The moment {@code text} stands for.
     *
     * @throws IllegalArgumentException saying what is wrong with it and what would be right, but not repeating it
     */
    static Moment parse(String text) {
        String trimmed = text.strip();
        if (!trimmed.endsWith("%")) {
            return new Elapsed(Durations.parse(trimmed));
        }
        String number = trimmed.substring(0, trimmed.length() - 1).strip();
        if (!number.matches("-?[0-9]{1,9}(\\.[0-9]{1,9})?")) {
            throw new IllegalArgumentException("is no percentage; want one such as 50%");
        }
        double percent = Double.parseDouble(number);
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("is outside the run; want 0% to 100%");
        }
        return new Progress(percent);
    }
}
