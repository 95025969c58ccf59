package org.pagepool.demo.scenario;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.protocol.Protocol;

/** What is special about reading HOCON here: where it stays silent it is made to speak, and it speaks in one line. */
final class Hocon {
    private static final String PROTOCOL = "protocol";

    /** Some of its messages quote whole objects. */
    private static final int SAID_MAX = 160;

    private static final Pattern NO_VALUE = Pattern.compile("Key '(.+?)' may not be followed by token: .*");
    private static final Pattern UNKNOWN = Pattern.compile("Could not resolve substitution to a value: (.+)");
    private static final Pattern NO_KEY = Pattern.compile(
            "(?:[Ee]xpecting a close (?:parentheses|brace) .* (?:not:|got) |Expecting close brace } or a comma, got )(.+)");
    private static final Pattern WRONG =
            Pattern.compile("Expecting a value but got wrong token: ('.+?'|end of file).*");

    private Hocon() {}

    static Config parse(Path file) {
        // Only beside a file with a directory in its name does HOCON look for included ones.
        File named = file.getParent() == null ? new File(".", file.toString()) : file.toFile();
        checkIncludes(file, new HashSet<>());
        return ConfigFactory.parseFile(named, ConfigParseOptions.defaults().setAllowMissing(false));
    }

    /** All overrides as one configuration; of two for the same key the later one counts. */
    static Config overrides(Map<String, String> overrides) {
        Config all = ConfigFactory.empty();
        int index = 0;
        for (Map.Entry<String, String> override : overrides.entrySet()) {
            all = laidOver(override(override.getKey(), override.getValue(), index), all);
            index++;
        }
        return all;
    }

    /** Switches laid over a preset that is given by its name alone leave it the preset. */
    static Config laidOver(Config over, Config under) {
        ConfigValue above = over.root().get(PROTOCOL);
        ConfigValue below = under.root().get(PROTOCOL);
        boolean switches = above != null && above.valueType() == ConfigValueType.OBJECT;
        return switches && below != null && below.valueType() == ConfigValueType.STRING
                ? over.withFallback(
                        under.withValue(PROTOCOL, below.atKey("preset").root()))
                : over.withFallback(under);
    }

    private static Config override(String key, String value, int index) {
        ConfigParseOptions named = ConfigParseOptions.defaults().setOriginDescription(Places.overrideName(index));
        try {
            ConfigUtil.splitPath(key);
        } catch (ConfigException e) {
            throw new ScenarioException("-D " + key + "=" + value + ": is no key; want one such as limits.duration");
        }
        String text = isValue(value) ? value : ConfigUtil.quoteString(value);
        boolean ofProtocol =
                Protocol.SWITCHES.stream().anyMatch(each -> each.key().equals(key));
        return ConfigFactory.parseString((ofProtocol ? PROTOCOL + "." + key : key) + " = " + text, named);
    }

    /** Whether HOCON reads it as one value; what it does not is meant as text. */
    private static boolean isValue(String text) {
        try {
            return ConfigFactory.parseString("value = " + text).root().size() == 1;
        } catch (ConfigException e) {
            return false;
        }
    }

    /** What is wrong with a file that HOCON cannot read, with file and line: in its own words only if we have none. */
    static String explain(ConfigException e, Places places) {
        ConfigOrigin origin = e.origin();
        if (origin == null) {
            return places.top() + ": " + e.getMessage();
        }
        String file = fileOf(origin, places);
        if (e instanceof ConfigException.Parse) {
            Optional<HoconText.Fault> fault = fault(origin);
            if (fault.isPresent()) {
                return file + ":" + fault.get().line() + ": " + fault.get().what();
            }
        }
        return places.of(origin, "") + ": " + ours(said(e, origin));
    }

    private static String fileOf(ConfigOrigin origin, Places places) {
        String place = places.of(origin, "").toString();
        int line = place.lastIndexOf(':');
        return line < 0 ? place : place.substring(0, line);
    }

    private static Optional<HoconText.Fault> fault(ConfigOrigin origin) {
        String file = origin.filename();
        return file == null ? Optional.empty() : new HoconText(read(Path.of(file))).fault();
    }

    /** What HOCON says, without the place, and without its advice on what else could have been meant. */
    private static String said(ConfigException e, ConfigOrigin origin) {
        String message = String.valueOf(e.getMessage());
        String own = origin.description() + ": ";
        String rest = message.startsWith(own) ? message.substring(own.length()) : message;
        int advice = rest.indexOf(" (if you intended ");
        return advice > 0 ? rest.substring(0, advice) : rest;
    }

    private static String ours(String said) {
        Matcher noValue = NO_VALUE.matcher(said);
        if (noValue.matches()) {
            return noValue.group(1) + ": has no value; want " + noValue.group(1) + " = VALUE";
        }
        Matcher unknown = UNKNOWN.matcher(said);
        if (unknown.matches()) {
            return unknown.group(1) + ": nothing of that name is set; want a key of this file or of one it includes";
        }
        Matcher noKey = NO_KEY.matcher(said);
        if (noKey.matches()) {
            return "there is " + noKey.group(1) + " where a key should be; want KEY = VALUE";
        }
        Matcher wrong = WRONG.matcher(said);
        if (wrong.matches()) {
            return "there is " + wrong.group(1)
                    + " where a value should be; want KEY = VALUE, and texts with signs in quotes";
        }
        return "is no HOCON: " + (said.length() > SAID_MAX ? said.substring(0, SAID_MAX) + "..." : said);
    }

    // ---- includes

    /**
     * Looks whether every file is there that {@code file} includes, and that those include: HOCON passes over what is
     * missing, and a scenario without part of itself is no scenario.
     */
    private static void checkIncludes(Path file, Set<Path> seen) {
        if (!seen.add(file.toAbsolutePath().normalize())) {
            return;
        }
        for (HoconText.Include include : new HoconText(read(file)).includes()) {
            Path wanted = include.beside() ? file.resolveSibling(include.name()) : Path.of(include.name());
            Path found = withSuffix(wanted);
            if (found == null) {
                throw new ScenarioException(file + ":" + include.line() + ": include \"" + include.name()
                        + "\": no such file; want one "
                        + (include.beside() ? "beside the file that includes it" : "where the program was started"));
            }
            checkIncludes(found, seen);
        }
    }

    /** HOCON adds the end of a name that has none. */
    private static @Nullable Path withSuffix(Path wanted) {
        for (String suffix : List.of("", ".conf", ".json", ".properties")) {
            Path candidate = wanted.resolveSibling(wanted.getFileName() + suffix);
            if (Files.isRegularFile(candidate)) {
                return candidate;
            }
        }
        return null;
    }

    /** Bytes that are no text count as one character each: what they stand for does not matter here. */
    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read a scenario: file=" + file, e);
        }
    }
}
