package org.pagepool.runtime.pgmap;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.PfnRange;

/**
 * Where the machine has RAM, by physical address: no device can be mapped there (B9). Written as {@code /proc/iomem} writes
 * it, {@code 00100000-bfffffff}: hexadecimal, both ends included.
 *
 * @param spans stretches of RAM
 */
public record RamMap(List<Span> spans) {
    /** A machine whose RAM is out of every device's way. */
    public static final RamMap NONE = new RamMap(List.of());

    /**
     * One stretch of RAM.
     *
     * @param first address of its first byte
     * @param last address of its last byte
     */
    public record Span(long first, long last) {
        /** Refuses a stretch that ends before it begins. */
        public Span {
            if (first < 0 || last < first) {
                throw new IllegalArgumentException("no such stretch of RAM: first=0x" + Long.toHexString(first)
                        + " last=0x" + Long.toHexString(last));
            }
        }

        @Override
        public String toString() {
            return String.format(java.util.Locale.ROOT, "%08x-%08x", first, last);
        }
    }

    /** Copies the list. */
    public RamMap {
        spans = List.copyOf(spans);
    }

    /**
     * Reads stretches as they are written.
     *
     * @throws IllegalArgumentException naming the text that is none
     */
    public static RamMap parse(List<String> texts) {
        List<Span> spans = new ArrayList<>();
        for (String text : texts) {
            String[] ends = text.trim().split("-", -1);
            try {
                spans.add(new Span(address(ends[0]), address(ends[ends.length == 2 ? 1 : ends.length])));
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException wrong) {
                throw new IllegalArgumentException(
                        "no stretch of RAM: " + text + ", want two hexadecimal addresses as in 00100000-bfffffff",
                        wrong);
            }
        }
        return new RamMap(spans);
    }

    private static long address(String text) {
        String digits = text.trim();
        return Long.parseLong(digits.startsWith("0x") ? digits.substring(2) : digits, 16);
    }

    /** A stretch of RAM that has a byte in common with these pages, if there is one. */
    public Optional<Span> in(PfnRange range, BasePage basePage) {
        long first = range.first() << basePage.shift();
        long last = (range.end() << basePage.shift()) - 1;
        return spans.stream()
                .filter(span -> span.first <= last && first <= span.last)
                .findFirst();
    }
}
