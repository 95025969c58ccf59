package org.pagepool.demo.scenario;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.pagepool.demo.cli.Nearest;

/**
 * Reads scenario files. Every problem, from a missing file to a mapping that does not fit, is a {@link
 * ScenarioException} of one line; only the first problem is reported, and the same file always gives the same one.
 *
 * <p>Variants and overrides are laid over the file before its substitutions are resolved, so {@code ${...}} sees what a
 * run really uses: the file, over it the variant, over that the overrides.
 */
public final class ScenarioLoader {
    private static final String SUFFIX = ".conf";
    private static final String VARIANTS = "variants";
    private static final int VARIANTS_MAX = 64;
    private static final long FILE_BYTES_MAX = 4L << 20;

    private final Path shipped;

    /**
     * A loader.
     *
     * @param shipped directory of the scenarios that can be loaded by bare name; need not exist
     */
    public ScenarioLoader(Path shipped) {
        this.shipped = shipped;
    }

    /** Reads one file. */
    public ScenarioFile load(Path file) {
        return load(file, Map.of());
    }

    /** Reads one file and sets keys differently. */
    public ScenarioFile load(Path file, Map<String, String> overrides) {
        return load(file.toString(), overrides);
    }

    /**
     * Reads a file, or a shipped scenario by its bare name.
     *
     * @param wanted {@code path/to/file.conf} or {@code devdax-16g}; a file of that name goes first
     * @param overrides keys to set differently, as dotted paths, and their values
     */
    public ScenarioFile load(String wanted, Map<String, String> overrides) {
        Path file = find(wanted);
        List<String> arguments = new ArrayList<>();
        overrides.forEach((key, value) -> arguments.add("-D " + key + "=" + value));
        Places places = new Places(file.toString(), arguments);
        try {
            return read(file, places, Hocon.parse(file), Hocon.overrides(overrides));
        } catch (ConfigException e) {
            throw new ScenarioException(Hocon.explain(e, places));
        }
    }

    /** Names of the shipped scenarios, sorted. */
    public List<String> shipped() {
        return scenariosIn(shipped);
    }

    private Path find(String wanted) {
        if (wanted.isBlank()) {
            throw new ScenarioException(
                    "scenario \"" + wanted + "\": is no name; want a file, or one of " + String.join(", ", shipped()));
        }
        Path file = path(wanted);
        if (Files.exists(file) && !Files.isDirectory(file)) {
            return readable(file);
        }
        boolean bare = file.getNameCount() == 1 && !file.isAbsolute();
        Path own = shipped.resolve(wanted.endsWith(SUFFIX) ? wanted : wanted + SUFFIX);
        if (bare && Files.isRegularFile(own)) {
            return readable(own);
        }
        if (Files.isDirectory(file)) {
            List<String> inside = scenariosIn(file);
            String example = inside.isEmpty() ? "" : " such as " + file.resolve(inside.get(0) + SUFFIX);
            throw new ScenarioException(wanted + ": is a directory; want a scenario file" + example);
        }
        String looked = bare ? ", nor is there " + own : "";
        throw new ScenarioException(wanted + ": no such file" + looked + "; "
                + Nearest.suggestion(nameOf(file), shipped(), "shipped scenarios"));
    }

    private static Path path(String wanted) {
        try {
            return Path.of(wanted);
        } catch (InvalidPathException e) {
            throw new ScenarioException(wanted + ": is no path; want a scenario file");
        }
    }

    private static Path readable(Path file) {
        if (!Files.isReadable(file)) {
            throw new ScenarioException(file + ": cannot be read; want a file that this user may read");
        }
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new ScenarioException(file + ": is " + Sizes.pretty(Files.size(file))
                        + "; want a scenario file of at most " + Sizes.pretty(FILE_BYTES_MAX));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at a file: file=" + file, e);
        }
        return file;
    }

    private static List<String> scenariosIn(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(SUFFIX))
                    .map(ScenarioLoader::nameOf)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list scenarios: directory=" + directory, e);
        }
    }

    private static String nameOf(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
    }

    private static ScenarioFile read(Path file, Places places, Config parsed, Config overrides) {
        try {
            return runs(file, places, parsed, overrides);
        } catch (ConfigException.NotResolved e) {
            // A substitution at the top of the file hides which keys there are.
            return runs(file, places, parsed.resolve(), overrides);
        }
    }

    private static ScenarioFile runs(Path file, Places places, Config parsed, Config overrides) {
        places.note(parsed.root());
        Config whole = overrides.withFallback(parsed);
        Config over = overrides.withoutPath(VARIANTS);
        Config base = parsed.withoutPath(VARIANTS);
        Node variants = Node.root(places, whole.root()).child(VARIANTS);
        List<Scenario> runs = new ArrayList<>();
        for (Node variant : variants(variants)) {
            Config config = Hocon.laidOver(over, Hocon.laidOver(variant.config(), base));
            runs.add(run(file, places, config, Optional.of(variant.name())));
        }
        if (runs.isEmpty()) {
            runs.add(run(file, places, Hocon.laidOver(over, base), Optional.empty()));
        }
        Scenario first = runs.get(0);
        return new ScenarioFile(file.toString(), first.name(), first.description(), runs);
    }

    private static List<Node> variants(Node variants) {
        if (variants.given() && !variants.isObject()) {
            throw variants.wrong("is no object", "want an object with a name for each variant");
        }
        List<Node> all = variants.entries();
        if (all.size() > VARIANTS_MAX) {
            throw variants.wrong("has " + all.size() + " variants", "want at most " + VARIANTS_MAX);
        }
        for (Node variant : all) {
            if (!variant.isObject()) {
                throw variant.wrong("is no object", "want an object that is laid over the scenario");
            }
        }
        return all;
    }

    private static Scenario run(Path file, Places places, Config config, Optional<String> variant) {
        return ScenarioReader.read(Node.root(places, config.resolve().root()), nameOf(file), variant);
    }
}
