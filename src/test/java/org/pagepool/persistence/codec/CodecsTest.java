package org.pagepool.persistence.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.pgmap.Gate;

/** What is stored is readable for ever: no number and no code is changed, dropped or used again. */
class CodecsTest {
    private static final String RELEASED = "codes.txt";

    /** Append to the file what is new; a line that is in it must never change or go. */
    @Test
    void shouldKeepEveryNumberThatWasReleased() throws IOException {
        Set<String> released = new HashSet<>();
        for (String line : Resources.text(RELEASED).lines().toList()) {
            if (!line.isBlank() && !line.startsWith("#")) {
                assertTrue(released.add(line), () -> "twice: " + line);
            }
        }
        Set<String> now = new HashSet<>(lines());
        assertEquals(Set.of(), minus(released, now), "changed or gone, but was released");
        assertEquals(Set.of(), minus(now, released), "new: append to " + RELEASED);
    }

    private static Set<String> minus(Set<String> some, Set<String> others) {
        Set<String> left = new TreeSet<>(some);
        left.removeAll(others);
        return left;
    }

    private static List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Codec<?> codec : Codecs.ALL.table()) {
            lines.add("record " + codec.number() + " " + codec.manifest() + " "
                    + codec.type().getSimpleName());
        }
        for (EnumCodes<?> codes : Codecs.enums()) {
            codes.table()
                    .forEach((code, constant) -> lines.add("enum "
                            + (codes.type() == Gate.State.class
                                    ? "Gate.State"
                                    : codes.type().getSimpleName()) + " " + code
                            + " " + constant.name()));
        }
        return lines;
    }

    @Test
    void shouldKnowEveryEvent() {
        Set<Class<?>> known = Codecs.ALL.table().stream().map(Codec::type).collect(Collectors.toSet());
        List<String> unknown = Arrays.stream(Event.class.getPermittedSubclasses())
                .filter(type -> !known.contains(type))
                .map(Class::getSimpleName)
                .toList();
        assertEquals(List.of(), unknown, "events without a codec");
    }

    @Test
    void shouldKnowEveryConstant() {
        for (EnumCodes<?> codes : Codecs.enums()) {
            assertEquals(
                    Set.of(codes.type().getEnumConstants()),
                    Set.copyOf(codes.table().values()),
                    () -> "constants without a number: " + codes.type().getSimpleName());
        }
    }

    @Test
    void shouldHaveASampleOfEveryForm() {
        assertEquals(
                Codecs.ALL.table().stream().map(Codec::manifest).collect(Collectors.toSet()),
                Samples.all().keySet());
    }

    @Test
    void shouldRefuseTablesThatUseANumberOrAVersionTwice() {
        Codec<String> one = text(300, 1);
        assertThrows(IllegalArgumentException.class, () -> new Codecs(List.of(one, text(300, 2))));
        assertThrows(IllegalArgumentException.class, () -> new Codecs(List.of(one, text(301, 1))));
        assertThrows(IllegalArgumentException.class, () -> new Codecs(List.of(one, text(301, 3))));
        assertThrows(IllegalArgumentException.class, () -> new Codecs(List.of(text(301, 2))));
    }

    /** The way a form is changed: the old line stays, the new one is written. */
    @Test
    void shouldWriteTheNewestVersionAndReadAll() {
        record Name(String first, String last) {}
        record Names(List<Object> all) {}
        Codec<Name> old = Codec.of(
                300,
                "name",
                1,
                Name.class,
                (out, name) -> out.text("first", name.first()),
                in -> new Name(in.text("first"), "?"));
        Codec<Name> current = Codec.of(
                301,
                "name",
                2,
                Name.class,
                (out, name) -> {
                    out.text("first", name.first());
                    out.text("last", name.last());
                },
                in -> new Name(in.text("first"), in.text("last")));
        Codec<Names> names = Codec.of(
                302,
                "names",
                1,
                Names.class,
                (out, value) -> out.list("all", value.all(), new Part<>((o, v) -> o.record("name", v), in -> in)),
                in -> new Names(in.list("all", new Part<>((o, v) -> {}, i -> i.record("name", Name.class)))));

        Session before = new Session(new Codecs(List.of(old, names)));
        Session after = new Session(new Codecs(List.of(old, current, names)));
        byte[] byOld = before.write(new Names(List.of(new Name("Ada", "Lovelace"))));
        byte[] byNew = after.write(new Names(List.of(new Name("Ada", "Lovelace"))));

        assertEquals(new Names(List.of(new Name("Ada", "?"))), after.read(names, byOld, 0, byOld.length));
        assertEquals(new Names(List.of(new Name("Ada", "Lovelace"))), after.read(names, byNew, 0, byNew.length));
        assertThrows(RuntimeException.class, () -> before.read(names, byNew, 0, byNew.length));
    }

    private static Codec<String> text(int number, int version) {
        return Codec.of(
                number, "text", version, String.class, (out, text) -> out.text("text", text), in -> in.text("text"));
    }
}
