package org.pagepool.actors;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a head counts: {@code pagepool.heads.hosting}. The same rules, the same events and the same answers in both. */
public enum HeadHosting {
    /** Each head that is in use is an actor with a mailbox of its own: what is asked of two heads overlaps. */
    ACTOR,
    /** A section counts for its heads in its own mailbox: no message for each head, and no actor. */
    SECTION;

    private static final String PATH = "pagepool.heads.hosting";

    /** The word for it in settings: {@code actor} or {@code section}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The one of that label, or null. */
    public static @Nullable HeadHosting of(String label) {
        return Arrays.stream(values())
                .filter(each -> each.label().equals(label))
                .findFirst()
                .orElse(null);
    }

    /**
     * The setting in {@code root}.
     *
     * @throws ConfigException.BadValue if it is neither {@code actor} nor {@code section}
     */
    public static HeadHosting from(Config root) {
        String label = root.getString(PATH);
        HeadHosting set = of(label);
        if (set == null) {
            throw new ConfigException.BadValue(
                    root.getValue(PATH).origin(), PATH, "no such place: " + label + "; want actor or section");
        }
        return set;
    }
}
