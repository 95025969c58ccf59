package org.pagepool.demo.conform;

import java.util.function.Predicate;
import org.pagepool.runtime.protocol.Protocol;

/**
 * Something that a row promises and that can be tried out. It runs under every preset in which its row applies and that
 * {@code where} lets through, each time on a scene of its own, and throws when the rule does not hold.
 *
 * @param name what it shows, as a clause: {@code a put that leaves 1 on a managed page says that it is free}
 * @param where in which of the row's presets there is anything to show
 * @param body what it does
 */
public record Check(String name, Predicate<Protocol> where, Body body) {
    /** What a check does. */
    @FunctionalInterface
    public interface Body {
        /** Returns if the rule holds; throws a {@link CheckFailure} if it does not. Anything else thrown fails it too. */
        void run(Scene scene) throws Exception;
    }
}
