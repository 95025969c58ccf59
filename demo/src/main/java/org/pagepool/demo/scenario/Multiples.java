package org.pagepool.demo.scenario;

/** The multiples next to a size that is none, for messages. */
final class Multiples {
    private Multiples() {}

    /** {@code 14GiB or 16GiB}; only the upper one where the lower is nothing. */
    static String around(long bytes, long unit) {
        long below = bytes / unit * unit;
        String above = Sizes.exact(below + unit);
        return below == 0 ? above : Sizes.exact(below) + " or " + above;
    }
}
