package org.pagepool.actors;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;

/** Where a head counts: {@code pagepool.heads.hosting}. The same rules, the same events and the same answers in both. */
public enum HeadHosting {
    /** Each head that is in use is an actor with a mailbox of its own: what is asked of two heads overlaps. */
    ACTOR,
    /** A section counts for its heads in its own mailbox: no message for each head, and no actor. */
    SECTION;

    /**
     * The setting in {@code root}.
     *
     * @throws ConfigException.BadValue if it is neither {@code actor} nor {@code section}
     */
    public static HeadHosting from(Config root) {
        String path = "pagepool.heads.hosting";
        return switch (root.getString(path)) {
            case "actor" -> ACTOR;
            case "section" -> SECTION;
            default ->
                throw new ConfigException.BadValue(
                        root.getValue(path).origin(),
                        path,
                        "unknown: \"" + root.getString(path) + "\"; want \"actor\" or \"section\"");
        };
    }
}
