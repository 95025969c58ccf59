package org.pagepool.demo.conform;

import java.util.List;
import java.util.function.Predicate;
import org.pagepool.runtime.protocol.Protocol;

/**
 * Which presets an era's rules go for: that of each of its releases, and the proposals made on top of one, which change
 * some of them. A row says where it does not apply with these, with {@link #presets} by name, or with any other question to
 * a protocol.
 */
public enum Era implements Predicate<Protocol> {
    /** 1-based everywhere. */
    E1(
            "v5.4 to v5.17",
            "every device page is idle at 1; only teardown takes it to 0",
            "v5.5",
            "v5.13",
            "compound-devmaps-v4"),
    /** Freed pages are set back to one. */
    E2("v5.18 to v6.0", "all but file pages go to 0 when freed and are set back to 1", "v5.18"),
    /** Driver memory is 0-based. */
    E3(
            "v6.1 to v6.14",
            "driver memory parks at 0 and takes a pgmap reference when handed out",
            "v6.1",
            "dax-gup-fix",
            "request-folio"),
    /** 0-based but for device-dax. */
    E4(
            "v6.15 and later",
            "file and peer-to-peer pages park at 0 too, page-table entries hold references; device-dax stays at 1",
            "v6.15",
            "v6.17",
            "pagepool");

    @SuppressWarnings("ImmutableEnumChecker")
    private final List<String> presets;

    private final String releases;
    private final String rule;

    Era(String releases, String rule, String... presets) {
        this.releases = releases;
        this.rule = rule;
        this.presets = List.of(presets);
    }

    /** Which releases of the kernel. */
    public String releases() {
        return releases;
    }

    /** What makes the era, in one line. */
    public String rule() {
        return rule;
    }

    /** Names of its presets. */
    public List<String> presets() {
        return presets;
    }

    @Override
    public boolean test(Protocol protocol) {
        return presets.contains(protocol.name());
    }

    /** The presets of that name. */
    public static Predicate<Protocol> presets(String... names) {
        List<String> wanted = List.of(names);
        return protocol -> wanted.contains(protocol.name());
    }
}
