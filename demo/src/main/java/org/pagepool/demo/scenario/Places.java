package org.pagepool.demo.scenario;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where things of one scenario are written. HOCON keeps file and line of every value but not the order of keys; where
 * several keys share a line, the line itself is looked at.
 */
final class Places {
    private static final Pattern PIECE = Pattern.compile("(?:merge of )?(.+?)(?:: ([0-9]+)(?:-[0-9]+)?)?(?:,|$)");
    private static final Pattern PLAIN = Pattern.compile("[\\w-]+");
    private static final String OVERRIDE = "override#";

    private final String file;
    private final List<String> overrides;
    private final Map<String, List<String>> lines = new HashMap<>();
    private final Map<String, Place> objects = new HashMap<>();

    /**
     * Places of one file.
     *
     * @param file as the user named it
     * @param overrides the arguments that override it: {@code -D key=value}
     */
    Places(String file, List<String> overrides) {
        this.file = file;
        this.overrides = overrides;
    }

    /**
     * A place. Sorted by file (the scenario's own, then included ones, then arguments), line and column.
     *
     * @param rank 0 for the scenario's own file, 1 for included ones, 2 for arguments
     * @param file name of the file, or the argument
     * @param line counted from 1; for arguments, which one
     * @param column counted from 0
     */
    record Place(int rank, String file, int line, int column) implements Comparable<Place> {
        private static final Comparator<Place> ORDER = Comparator.comparingInt(Place::rank)
                .thenComparing(place -> place.rank == 2 ? "" : place.file)
                .thenComparingInt(Place::line)
                .thenComparingInt(Place::column);

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }

        @Override
        public String toString() {
            return rank == 2 ? file : file + ":" + line;
        }
    }

    /** What HOCON is to call override number {@code index}. */
    static String overrideName(int index) {
        return OVERRIDE + index;
    }

    /** The beginning of the scenario. */
    Place top() {
        return new Place(0, file, 1, 0);
    }

    /** Where the value of {@code key} is written; of merged values, the first of the places. */
    Place of(ConfigOrigin origin, String key) {
        Place first = null;
        Matcher pieces = PIECE.matcher(origin.description());
        while (pieces.find()) {
            Place place = place(pieces.group(1), pieces.group(2) == null ? 1 : Integer.parseInt(pieces.group(2)), key);
            first = first == null || place.compareTo(first) < 0 ? place : first;
        }
        return first == null ? top() : first;
    }

    /**
     * Notes where the objects of the file itself are written, so that they keep their places, and their order, when
     * something is laid over them. HOCON forgets where an object was that was empty.
     */
    void note(ConfigObject object) {
        note("", object);
    }

    private void note(String path, ConfigObject object) {
        try {
            object.forEach((key, value) -> {
                if (value instanceof ConfigObject child) {
                    String childPath = path(path, key);
                    objects.put(childPath, of(child.origin(), key));
                    note(childPath, child);
                }
            });
        } catch (ConfigException.NotResolved e) {
            // What it holds is only known when substitutions are; its places are found then.
        }
    }

    /** Where an object is written, at the first of the places. */
    Place ofObject(ConfigOrigin origin, String key, String path) {
        Place merged = of(origin, key);
        Place noted = objects.getOrDefault(path, merged);
        return noted.compareTo(merged) < 0 ? noted : merged;
    }

    /** The path of {@code key} in the object at {@code path}, as messages write it. */
    static String path(String path, String key) {
        String quoted = PLAIN.matcher(key).matches() ? key : "\"" + key + "\"";
        return path.isEmpty() ? quoted : path + "." + quoted;
    }

    private Place place(String description, int line, String key) {
        if (description.startsWith(OVERRIDE)) {
            int index = Integer.parseInt(description.substring(OVERRIDE.length()));
            return new Place(2, overrides.get(index), index, 0);
        }
        String name = shown(description);
        return new Place(name.equals(file) ? 0 : 1, name, line, column(name, line, key));
    }

    /** HOCON only finds included files beside a file with a directory in its name; see {@link ScenarioLoader}. */
    private String shown(String description) {
        boolean bare = !file.contains("/") && description.startsWith("./");
        return bare ? description.substring(2) : description;
    }

    private int column(String name, int line, String key) {
        List<String> text = lines.computeIfAbsent(name, Places::read);
        if (line > text.size()) {
            return 0;
        }
        Matcher found = Pattern.compile("(?<![\\w-])" + Pattern.quote(key) + "(?![\\w-])")
                .matcher(text.get(line - 1));
        return found.find() ? found.start() : 0;
    }

    private static List<String> read(String name) {
        try {
            return Files.readAllLines(Path.of(name), StandardCharsets.UTF_8);
        } catch (IOException | InvalidPathException e) {
            // Then only the order of keys on one line is lost.
            return List.of();
        }
    }
}
