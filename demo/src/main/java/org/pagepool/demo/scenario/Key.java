package org.pagepool.demo.scenario;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One key of the format: what it is called, holds, defaults to and means. The tree of them is {@link ScenarioKeys};
 * checks, defaults and documentation all come from there.
 *
 * @param name as written; for keys under {@link Kind#NAMED}, what the name stands for
 * @param kind what it holds
 * @param fallback the default as a user would write it, {@link #REQUIRED}, or a remark in brackets where it is worked out
 * @param meaning one sentence for readers
 * @param choices the words it may be, for {@link Kind#CHOICE}
 * @param least the least number, for {@link Kind#COUNT}
 * @param most the largest number, for {@link Kind#COUNT}
 * @param keys what an object may hold, or each entry of named objects or of a list
 */
record Key(
        String name,
        Kind kind,
        String fallback,
        String meaning,
        List<String> choices,
        long least,
        long most,
        List<Key> keys) {

    /** Instead of a default: the key has to be there. */
    static final String REQUIRED = "required";

    static Key of(String name, Kind kind, String fallback, String meaning) {
        return new Key(name, kind, fallback, meaning, List.of(), 0, 0, List.of());
    }

    static Key choice(String name, List<String> choices, String fallback, String meaning) {
        return new Key(name, Kind.CHOICE, fallback, meaning, choices, 0, 0, List.of());
    }

    static Key choice(String name, Enum<?>[] choices, String fallback, String meaning) {
        return choice(name, Arrays.stream(choices).map(Key::label).toList(), fallback, meaning);
    }

    static Key count(String name, long least, long most, String fallback, String meaning) {
        return new Key(name, Kind.COUNT, fallback, meaning, List.of(), least, most, List.of());
    }

    static Key holding(String name, Kind kind, String fallback, String meaning, List<Key> keys) {
        return new Key(name, kind, fallback, meaning, List.of(), 0, 0, keys);
    }

    static Key rows(String name, String fallback, String meaning) {
        return new Key(name, Kind.WORDS, fallback, meaning, List.of(), 0, 0, List.of());
    }

    static Key words(String name, Enum<?>[] choices, String fallback, String meaning) {
        List<String> words = Arrays.stream(choices).map(Enum::name).toList();
        return new Key(name, Kind.WORDS, fallback, meaning, words, 0, 0, List.of());
    }

    /** The word for a value of an enum: lower case with dashes. */
    static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The key of that name in an object of this one. */
    Key key(String wanted) {
        for (Key key : keys) {
            if (key.name.equals(wanted)) {
                return key;
            }
        }
        throw new IllegalArgumentException("no such key in the format: name=" + wanted);
    }

    /** What an object of this one may hold. */
    List<String> names() {
        return keys.stream().map(Key::name).toList();
    }

    /** One of the named objects or list entries of this one. */
    Key entry() {
        Kind inside = kind != Kind.WORDS ? Kind.OBJECT : choices.isEmpty() ? Kind.ROW : Kind.CHOICE;
        return new Key(name, inside, fallback, meaning, choices, least, most, keys);
    }

    /** True if the default is a value rather than a remark. */
    boolean hasFallback() {
        return !fallback.startsWith("(") && !fallback.equals(REQUIRED);
    }

    /** What it may be set to, for messages: {@code a size such as 16GiB}. */
    String wanted() {
        return switch (kind) {
            case CHOICE -> listed();
            case WORDS -> "a list of " + (choices.isEmpty() ? "rows such as B38" : listed());
            case COUNT -> "a whole number from " + least + " to " + most;
            default -> kind.wanted();
        };
    }

    private String listed() {
        return String.join(", ", choices.subList(0, choices.size() - 1)) + " or " + choices.get(choices.size() - 1);
    }

    /** What it may be set to, for the documentation. */
    String documented() {
        return kind == Kind.COUNT && most == Long.MAX_VALUE ? "a whole number" : wanted();
    }
}
