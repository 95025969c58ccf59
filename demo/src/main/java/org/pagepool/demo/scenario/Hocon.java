package org.pagepool.demo.scenario;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is special about reading HOCON here: where it stays silent it is made to speak, and it speaks in one line. */
final class Hocon {
    /** Some of its messages quote whole objects. */
    private static final int SAID_MAX = 160;

    private Hocon() {}

    static Config parse(Path file) {
        // Only beside a file with a directory in its name does HOCON look for included ones.
        File named = file.getParent() == null ? new File(".", file.toString()) : file.toFile();
        return ConfigFactory.parseFile(
                named, ConfigParseOptions.defaults().setAllowMissing(false).prependIncluder(new Includes(file, null)));
    }

    /** All overrides as one configuration; of two for the same key the later one counts. */
    static Config overrides(Map<String, String> overrides) {
        Config all = ConfigFactory.empty();
        int index = 0;
        for (Map.Entry<String, String> override : overrides.entrySet()) {
            all = override(override.getKey(), override.getValue(), index).withFallback(all);
            index++;
        }
        return all;
    }

    private static Config override(String key, String value, int index) {
        ConfigParseOptions named = ConfigParseOptions.defaults().setOriginDescription(Places.overrideName(index));
        try {
            ConfigUtil.splitPath(key);
        } catch (ConfigException e) {
            throw new ScenarioException("-D " + key + "=" + value + ": is no key; want one such as limits.duration");
        }
        String text = isValue(value) ? value : ConfigUtil.quoteString(value);
        return ConfigFactory.parseString(key + " = " + text, named);
    }

    /** Whether HOCON reads it as one value; what it does not is meant as text. */
    private static boolean isValue(String text) {
        try {
            return ConfigFactory.parseString("value = " + text).root().size() == 1;
        } catch (ConfigException e) {
            return false;
        }
    }

    /** What HOCON says about a file it cannot read, with file and line, without its advice on renaming files. */
    static String explain(ConfigException e, Places places) {
        String message = String.valueOf(e.getMessage());
        ConfigOrigin origin = e.origin();
        if (origin == null) {
            return places.top() + ": " + message;
        }
        String own = origin.description() + ": ";
        String rest = message.startsWith(own) ? message.substring(own.length()) : message;
        int advice = rest.indexOf(" (if you intended ");
        String said = advice > 0 ? rest.substring(0, advice) : rest;
        return places.of(origin, "") + ": " + (said.length() > SAID_MAX ? said.substring(0, SAID_MAX) + "..." : said);
    }

    /** HOCON passes over a file that is included and missing; a scenario without part of itself is no scenario. */
    private static final class Includes implements ConfigIncluder {
        private final Path from;
        private final @Nullable ConfigIncluder fallback;

        Includes(Path from, @Nullable ConfigIncluder fallback) {
            this.from = from;
            this.fallback = fallback;
        }

        @Override
        public ConfigIncluder withFallback(ConfigIncluder next) {
            return new Includes(from, fallback == null ? next : fallback.withFallback(next));
        }

        @Override
        public ConfigObject include(ConfigIncludeContext context, String what) {
            ConfigObject found = fallback == null ? ConfigFactory.empty().root() : fallback.include(context, what);
            if (found.isEmpty() && found.origin().description().contains("not found")) {
                throw new ScenarioException(from + ": include \"" + what + "\": no such file; want one beside the file"
                        + " that includes it");
            }
            return found;
        }
    }
}
