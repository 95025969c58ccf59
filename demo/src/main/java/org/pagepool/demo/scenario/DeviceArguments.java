package org.pagepool.demo.scenario;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.pagepool.demo.cli.Nearest;
import org.pagepool.demo.cli.Protocols;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;

/** What command lines say of a device, read and checked. Every mistake is a {@link UsageException} that names its option. */
public final class DeviceArguments {
    private DeviceArguments() {}

    /** A size in bytes. */
    public static long size(String option, String text) {
        try {
            return Sizes.parse(text);
        } catch (IllegalArgumentException wrong) {
            throw new UsageException(option + " " + text + ": " + wrong.getMessage());
        }
    }

    /** {@code --base-page}. */
    public static BasePage basePage(String text) {
        try {
            return BasePage.ofBytes(Sizes.parse(text));
        } catch (IllegalArgumentException wrong) {
            throw new UsageException("--base-page " + text + ": no such base page; want 4KiB, 16KiB or 64KiB");
        }
    }

    /** {@code --geometry}: bytes per head, a power of two, on that base page. */
    public static Geometry geometry(String text, BasePage base) {
        long bytes = size("--geometry", text);
        if (Long.bitCount(bytes) != 1) {
            long below = Long.highestOneBit(Math.max(bytes, 1));
            throw new UsageException("--geometry " + text + ": is no power of two; want " + Sizes.exact(below) + " or "
                    + Sizes.exact(below << 1));
        }
        if (bytes < base.bytes() || bytes == base.bytes() * 2 || bytes >> base.shift() > 1L << Geometry.ORDER_MAX) {
            throw new UsageException("--geometry " + text + ": no head is that size; want " + base.label() + ", or "
                    + Sizes.exact(base.bytes() * 4) + " to " + Sizes.exact(base.bytes() << Geometry.ORDER_MAX));
        }
        return Geometry.ofPages(bytes >> base.shift());
    }

    /** {@code --type}. */
    public static MemoryType memoryType(String text) {
        return one("--type", text, "memory type", MemoryType.values(), MemoryType::label);
    }

    /** The value of that label; a {@link UsageException} names the option, what it wants, and what was likely meant. */
    public static <E> E one(String option, String text, String noun, E[] values, Function<E, String> label) {
        List<String> labels = Arrays.stream(values).map(label).toList();
        int found = labels.indexOf(text);
        if (found >= 0) {
            return values[found];
        }
        String nearest = Nearest.to(text, labels);
        throw new UsageException(option + " " + text + ": no such " + noun + "; "
                + (nearest == null ? "want " + String.join(" or ", labels) : "did you mean " + nearest + "?"));
    }

    /** {@code --protocol}, with the switches that {@code -D} sets. */
    public static Protocol protocol(String name, List<String> settings) {
        Protocol chosen = Protocols.preset(name);
        for (String setting : settings) {
            chosen = Protocols.with(chosen, setting);
        }
        String nonsense = chosen.nonsense();
        if (nonsense != null) {
            throw new UsageException("-D " + nonsense);
        }
        return chosen;
    }
}
