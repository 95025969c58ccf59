package org.pagepool.demo.conform;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.protocol.Protocol;

/**
 * One row of the protocol: what it asks for, in which eras, where the code is, and what shows that it holds. Rows are
 * values, made by a chain:
 *
 * <pre>
 *   Row.of("B4", "free_zone_device_page")
 *      .rule("On the way from 1 to 0 a device page is cleaned, then handled by type")
 *      .eras("E2 to E4")
 *      .skip("no such rule before v5.18: no page but a dead one goes to 0", Era.E1)
 *      .holds()                                    // or partly(...), later(...), out(...)
 *      .where("HeadState#announces", "Section#pageRefs")
 *      .tests("HeadStateTest#shouldAnnounceOnlyTheIdleCount")
 *      .check("driver memory goes to its driver first", scene -> { ... })
 * </pre>
 *
 * @param id {@code B4}, {@code R3}, {@code D1}, {@code I7}
 * @param name the field's word for it, or a few words
 * @param rule the rule in one sentence in our words; for a race the wrong outcome
 * @param eras in which eras it holds, as the document says it
 * @param skips where it does not apply, and why
 * @param state how far it has come
 * @param remark what is outside the model, what is there and what is missing; may be empty
 * @param where the code, as {@code Class#member}
 * @param tests JUnit tests that show it, as {@code Class#method}
 * @param checks what {@code pagepool conform} runs
 */
public record Row(
        String id,
        String name,
        String rule,
        String eras,
        List<Skip> skips,
        State state,
        String remark,
        List<String> where,
        List<String> tests,
        List<Check> checks) {

    /**
     * Where a row does not apply.
     *
     * @param reason why, as a clause that is printed behind {@code # SKIP}
     * @param which under which presets
     */
    public record Skip(String reason, Predicate<Protocol> which) {}

    /** Copies the lists. */
    public Row {
        skips = List.copyOf(skips);
        where = List.copyOf(where);
        tests = List.copyOf(tests);
        checks = List.copyOf(checks);
    }

    /** A row that applies everywhere and of which nothing is there. */
    public static Row of(String id, String name) {
        return new Row(id, name, "", "all", List.of(), State.LATER, "", List.of(), List.of(), List.of());
    }

    /** {@code B}, {@code R}, {@code D} or {@code I}. */
    public char kind() {
        return id.charAt(0);
    }

    /** Its number among its kind. */
    public int number() {
        return Integer.parseInt(id.substring(1));
    }

    /** Why it does not apply under {@code protocol}, or null if it does. */
    public @Nullable String skipped(Protocol protocol) {
        for (Skip skip : skips) {
            if (skip.which().test(protocol)) {
                return skip.reason();
            }
        }
        return null;
    }

    /** The checks there are to run under {@code protocol}. */
    public List<Check> checks(Protocol protocol) {
        return checks.stream().filter(c -> c.where().test(protocol)).toList();
    }

    /** The same with its rule. */
    public Row rule(String text) {
        return new Row(id, name, text, eras, skips, state, remark, where, tests, checks);
    }

    /** The same in these eras. */
    public Row eras(String text) {
        return new Row(id, name, rule, text, skips, state, remark, where, tests, checks);
    }

    /** The same, but not under the presets that {@code which} lets through. */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final Row skip(String reason, Predicate<Protocol>... which) {
        List<Skip> more = new ArrayList<>(skips);
        for (Predicate<Protocol> each : which) {
            more.add(new Skip(reason, each));
        }
        return new Row(id, name, rule, eras, more, state, remark, where, tests, checks);
    }

    /** It holds. */
    public Row holds() {
        return holds("");
    }

    /** It holds; what is outside the model. */
    public Row holds(String note) {
        return in(State.HOLDS, note);
    }

    /** Some of it is there; what, and what is missing. */
    public Row partly(String note) {
        return in(State.PARTLY, note);
    }

    /** None of it is there; why, and where it will live. */
    public Row later(String note) {
        return in(State.LATER, note);
    }

    /** It is not modelled; why. */
    public Row out(String note) {
        return in(State.OUT, note);
    }

    private Row in(State other, String note) {
        return new Row(id, name, rule, eras, skips, other, note, where, tests, checks);
    }

    /** The same with its code. */
    public Row where(String... members) {
        return new Row(id, name, rule, eras, skips, state, remark, List.of(members), tests, checks);
    }

    /** The same with its JUnit tests. */
    public Row tests(String... methods) {
        return new Row(id, name, rule, eras, skips, state, remark, where, List.of(methods), checks);
    }

    /** The same with one more check, under every preset in which the row applies. */
    public Row check(String what, Check.Body body) {
        return check(what, protocol -> true, body);
    }

    /** The same with one more check, under those of the row's presets that {@code narrower} lets through. */
    public Row check(String what, Predicate<Protocol> narrower, Check.Body body) {
        List<Check> more = new ArrayList<>(checks);
        more.add(new Check(what, narrower, body));
        return new Row(id, name, rule, eras, skips, state, remark, where, tests, more);
    }
}
