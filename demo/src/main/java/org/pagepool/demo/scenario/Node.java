package org.pagepool.demo.scenario;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.Nearest;

/**
 * One place in a scenario: a key of the format, what is written there (perhaps nothing), and where. Reads values of
 * every kind, falls back to the key's default, and words every complaint.
 */
final class Node {
    private static final Pattern HEX = Pattern.compile("0[xX]([0-9a-fA-F]{1,15})");
    private static final int SHOWN_MAX = 60;

    private final Places places;
    private final Key key;
    private final String name;
    private final String path;
    private final @Nullable ConfigValue value;
    private final Places.Place place;

    private Node(Places places, Key key, String name, String path, @Nullable ConfigValue value, Places.Place place) {
        this.places = places;
        this.key = key;
        this.name = name;
        this.path = path;
        this.value = value;
        this.place = place;
    }

    static Node root(Places places, ConfigObject value) {
        return new Node(places, ScenarioKeys.ROOT, "", "", value, places.top());
    }

    Key key() {
        return key;
    }

    String name() {
        return name;
    }

    String path() {
        return path;
    }

    Places.Place place() {
        return place;
    }

    /** True if it is written; {@code null} counts as not written. */
    boolean given() {
        return value != null;
    }

    boolean isObject() {
        return value instanceof ConfigObject;
    }

    boolean isList() {
        return value instanceof ConfigList;
    }

    /** What is written in this object, to be merged with more. */
    Config config() {
        return value instanceof ConfigObject object ? object.toConfig() : ConfigFactory.empty();
    }

    /** What this object has under a key of the format. */
    Node child(String wanted) {
        return child(key.key(wanted));
    }

    private Node child(Key childKey) {
        return below(
                childKey, childKey.name(), value instanceof ConfigObject object ? object.get(childKey.name()) : null);
    }

    /** The names written in this object, in file order; names set to null are left out. */
    List<String> names() {
        return written(key).stream().map(Node::name).toList();
    }

    /** The entries of named objects, of a list, or of a free object, in file order. */
    List<Node> entries() {
        if (value instanceof ConfigList list) {
            List<Node> items = new ArrayList<>();
            for (int i = 0; i < list.size(); i++) {
                ConfigValue item = list.get(i);
                items.add(new Node(
                        places, key.entry(), name, path + "[" + i + "]", item, places.of(item.origin(), key.name())));
            }
            return items;
        }
        return written(key.entry());
    }

    private List<Node> written(Key entry) {
        List<Node> nodes = new ArrayList<>();
        if (value instanceof ConfigObject object) {
            object.forEach((child, childValue) -> {
                if (childValue.valueType() != ConfigValueType.NULL) {
                    nodes.add(below(entry, child, childValue));
                }
            });
        }
        nodes.sort(Comparator.comparing(Node::place).thenComparing(Node::name));
        return nodes;
    }

    private Node below(Key childKey, String child, @Nullable ConfigValue childValue) {
        String childPath = Places.path(path, child);
        if (childValue == null || childValue.valueType() == ConfigValueType.NULL) {
            return new Node(places, childKey, child, childPath, null, place);
        }
        Places.Place written = childValue instanceof ConfigObject
                ? places.ofObject(childValue.origin(), child, childPath)
                : places.of(childValue.origin(), child);
        return new Node(places, childKey, child, childPath, childValue, written);
    }

    String text() {
        if (value == null) {
            if (!key.hasFallback()) {
                throw missing();
            }
            return key.fallback();
        }
        if (isObject() || isList()) {
            throw wrong(isList() ? "is a list" : "is an object", "want " + key.wanted());
        }
        return String.valueOf(
                value.valueType() == ConfigValueType.NUMBER
                        ? value.render(ConfigRenderOptions.concise())
                        : value.unwrapped());
    }

    long size() {
        return parsed(Sizes::parse);
    }

    Duration duration() {
        return bounded(parsed(Durations::parse));
    }

    Moment moment() {
        Moment moment = parsed(Moment::parse);
        if (moment instanceof Moment.Elapsed timed) {
            bounded(timed.elapsed());
        }
        return moment;
    }

    private Duration bounded(Duration duration) {
        if (duration.compareTo(ScenarioKeys.DURATION_MAX) > 0) {
            throw wrong("is too long", "want at most " + Durations.exact(ScenarioKeys.DURATION_MAX));
        }
        return duration;
    }

    long address() {
        return parsed(text -> HEX.matcher(text).matches() ? hex(text) : Sizes.parse(text));
    }

    long pfn() {
        return parsed(text -> HEX.matcher(text).matches() ? hex(text) : whole(text, 0, Long.MAX_VALUE, key.wanted()));
    }

    long count() {
        return parsed(text -> whole(text, key.least(), key.most(), key.wanted()));
    }

    boolean bool() {
        return switch (text()) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw wrong("is neither true nor false", "want " + key.wanted());
        };
    }

    /** One of the values of the enum that the key's words are made from. */
    <E extends Enum<E>> E choice(E[] values) {
        int index = key.choices().indexOf(word());
        return values[index];
    }

    /** One of the key's words. */
    String word() {
        String text = text();
        if (!key.choices().contains(text)) {
            String nearest = Nearest.to(text, key.choices());
            throw wrong(
                    "is not one of the choices",
                    nearest == null ? "want " + key.wanted() : "did you mean \"" + nearest + "\"?");
        }
        return text;
    }

    /** The number of a row of the protocol. */
    String row() {
        String text = text();
        String wrong = Rows.wrong(text);
        if (wrong != null) {
            throw complaint(wrong);
        }
        return text;
    }

    ScenarioException missing() {
        return new ScenarioException(place + ": " + path + ": missing; want " + key.wanted());
    }

    /** A complaint about what is written here, or about the default if nothing is. */
    ScenarioException wrong(String what, String right) {
        return complaint(what + "; " + right);
    }

    /** A complaint about the key itself. */
    ScenarioException misplaced(String what, String right) {
        return new ScenarioException(place + ": " + path + ": " + what + "; " + right);
    }

    private ScenarioException complaint(String text) {
        String given = path + " = " + shown();
        boolean argument = place.toString().equals("-D " + path + "=" + shown());
        return new ScenarioException(place + ": " + (argument ? "" : given + ": ") + text);
    }

    private String shown() {
        if (value == null) {
            return key.hasFallback() ? key.fallback() + " (the default)" : "(not given)";
        }
        if (isObject()) {
            return "{...}";
        }
        if (isList()) {
            return "[...]";
        }
        String text = text();
        if (text.isBlank()) {
            return "\"" + text + "\"";
        }
        return text.length() > SHOWN_MAX ? text.substring(0, SHOWN_MAX) + "..." : text;
    }

    private <T> T parsed(Function<String, T> parser) {
        String text = text();
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw complaint(String.valueOf(e.getMessage()));
        }
    }

    private static long hex(String text) {
        return Long.parseLong(text.substring(2), 16);
    }

    private static long whole(String text, long least, long most, String wanted) {
        BigDecimal number;
        try {
            number = new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("is no number; want " + wanted, e);
        }
        if (number.stripTrailingZeros().scale() > 0) {
            throw new IllegalArgumentException("is no whole number; want " + wanted);
        }
        if (number.signum() < 0 && least >= 0) {
            throw new IllegalArgumentException("is negative; want " + wanted);
        }
        if (number.compareTo(BigDecimal.valueOf(least)) < 0 || number.compareTo(BigDecimal.valueOf(most)) > 0) {
            throw new IllegalArgumentException("is out of bounds; want " + wanted);
        }
        return number.longValueExact();
    }
}
