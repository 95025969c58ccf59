package org.pagepool.demo.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.pagepool.actors.HeadHosting;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;

/**
 * The format of scenario files: every key there is, once. What is not here is an unknown key; what a key defaults to is
 * read from here; {@code docs/scenarios.md} is printed from here.
 */
public final class ScenarioKeys {
    /** The most walkers of a scenario. */
    static final int WALKERS_MAX = 100_000;
    /** The most entries of any list or set of names. */
    static final int ENTRIES_MAX = 1024;
    /** The most grants a walker may keep at once. */
    static final int PINS_IN_FLIGHT_MAX = 1024;
    /** The most heads that one entry of the timeline watches. */
    static final int WATCHED_HEADS_MAX = 4096;
    /** The longest walk, in base pages: 4 TiB at 4 KiB. */
    static final long WALK_PAGES_MAX = 1L << 30;
    /** The longest duration of any kind. */
    static final Duration DURATION_MAX = Duration.ofHours(1000);
    /** The most operations of a run. */
    static final long OPERATIONS_MAX = 1_000_000_000_000L;

    private static final List<Key> DEVICE = List.of(
            Key.choice("type", MemoryType.values(), "generic", "Memory type."),
            Key.of("size", Kind.SIZE, "(required without `ranges`)", "Size of the device, a multiple of its geometry."),
            Key.of(
                    "geometry",
                    Kind.SIZE,
                    "2MiB",
                    "Memory per head: a base page, or a power of two of at least 4 of them."),
            Key.of(
                    "first-pfn",
                    Kind.PFN,
                    "(0x880000, or behind the devices before it)",
                    "Number of its first base page, a multiple of the geometry."),
            Key.holding(
                    "ranges",
                    Kind.LIST,
                    "(one range of `size` at `first-pfn`)",
                    "Its ranges in ascending order, instead of `size` and `first-pfn`.",
                    List.of(
                            Key.of("first-pfn", Kind.PFN, Key.REQUIRED, "Number of the range's first base page."),
                            Key.of("size", Kind.SIZE, Key.REQUIRED, "Size of the range."))),
            Key.of("protocol", Kind.PROTOCOL, "(the scenario's)", "The rules for this device."));

    private static final List<Key> FILES = List.of(
            Key.of("device", Kind.NAME, "(the only device)", "The fs-dax device that has its blocks."),
            Key.of(
                    "size",
                    Kind.SIZE,
                    "(what is left of the device)",
                    "Its size, a multiple of the device's geometry."));

    private static final List<Key> MAP = List.of(
            Key.of("device", Kind.NAME, "(the only device)", "What is mapped."),
            Key.of("file", Kind.NAME, "(no file)", "The file that is mapped, instead of a device."),
            Key.of(
                    "offset",
                    Kind.SIZE,
                    "0",
                    "Where in the device the mapping begins, counted across its ranges; or in the file."),
            Key.of("size", Kind.SIZE, "(the rest of the device or file)", "How much is mapped."),
            Key.of("at", Kind.ADDRESS, "(0, or behind the mappings before it)", "Virtual address of its first byte."),
            Key.choice(
                    "entry",
                    Level.values(),
                    "(the largest that is no larger than a head and fits the range)",
                    "Page-table entries that map it; one entry may span many heads."),
            Key.of("writable", Kind.BOOLEAN, "true", "Whether its entries permit writing."),
            Key.of(
                    "populate",
                    Kind.BOOLEAN,
                    "true",
                    "Whether its entries exist from the start; otherwise faults bring them in."));

    private static final List<Key> SIZES = List.of(
            Key.choice("distribution", SizeDistribution.Shape.values(), "uniform", "How sizes are spread."),
            Key.of("value", Kind.SIZE, "(required if fixed)", "The size of all, if fixed."),
            Key.of("min", Kind.SIZE, "(required unless fixed)", "The smallest."),
            Key.of("max", Kind.SIZE, "(required unless fixed)", "The largest."));

    private static final List<Key> HOLDS = List.of(
            Key.choice("distribution", HoldDistribution.Shape.values(), "uniform", "How times are spread."),
            Key.of("value", Kind.DURATION, "(required if fixed)", "The time of all, if fixed."),
            Key.of("min", Kind.DURATION, "(required if uniform)", "The shortest, if uniform."),
            Key.of(
                    "max",
                    Kind.DURATION,
                    "(required if uniform; 20 times `mean` if exponential)",
                    "The longest; exponential times are cut there."),
            Key.of("mean", Kind.DURATION, "(required if exponential)", "The mean, if exponential."));

    private static final List<Key> WALKERS = List.of(
            Key.count("count", 0, WALKERS_MAX, "1", "How many walkers; 0 switches the group off."),
            Key.of("space", Kind.NAME, "(the only address space)", "Whose memory they walk."),
            Key.of("map", Kind.NAME, "(all mappings of the space)", "The only mapping they walk."),
            Key.choice("mode", WalkMode.values(), "pin", "What they ask for."),
            Key.of("write", Kind.BOOLEAN, "true", "Whether they ask to write."),
            Key.of("pci-p2pdma", Kind.BOOLEAN, "false", "Whether they say that they can do peer-to-peer DMA."),
            Key.choice(
                    "pattern",
                    AccessPattern.values(),
                    "random",
                    "Where their ranges lie; hot: 9 of 10 in the first tenth."),
            Key.of(
                    "stride",
                    Kind.SIZE,
                    "(twice the largest size)",
                    "Distance of two starts, if the pattern is stride."),
            Key.holding("size", Kind.SIZES, "2MiB", "How long their ranges are; whole base pages.", SIZES),
            Key.holding(
                    "hold",
                    Kind.HOLDS,
                    "1ms",
                    "How long each keeps what it was granted; forever: until it dies.",
                    HOLDS),
            Key.of("think", Kind.DURATION, "0ms", "How long each pauses after a walk."),
            Key.count("pins-in-flight", 1, PINS_IN_FLIGHT_MAX, "4", "How many grants each keeps at once."),
            Key.of("start-at", Kind.DURATION, "0ms", "When they begin."),
            Key.of("partial-unpin", Kind.BOOLEAN, "false", "Whether they give a range back in two halves."),
            Key.of("fast-only", Kind.BOOLEAN, "false", "FOLL_FAST_ONLY: no fall-back to the slow path."),
            Key.count("walks", 1, OPERATIONS_MAX, "(no such limit)", "How many walks each begins."),
            Key.of(
                    "late",
                    Kind.BOOLEAN,
                    "false",
                    "Whether they lose time between look-up and grab: until the next zap of their space is done."));

    private static final List<Key> TIMELINE = List.of(
            Key.of(
                    "at",
                    Kind.MOMENT,
                    Key.REQUIRED,
                    "When: time since the load began, or percent of the nearest limit."),
            Key.choice(
                    "do",
                    List.of(
                            TimelineEntry.Kill.ACTION,
                            TimelineEntry.Crash.ACTION,
                            TimelineEntry.KillWalker.ACTION,
                            TimelineEntry.Zap.ACTION,
                            TimelineEntry.Watch.ACTION,
                            TimelineEntry.Poison.ACTION,
                            TimelineEntry.Cut.TRUNCATE,
                            TimelineEntry.Cut.PUNCH,
                            TimelineEntry.Cut.EVICT,
                            TimelineEntry.Request.ACTION,
                            TimelineEntry.Free.ACTION,
                            TimelineEntry.Touch.ACTION,
                            TimelineEntry.Speculate.ACTION),
                    Key.REQUIRED,
                    "What; the keys below belong to the one that is named with them."),
            Key.of(
                    "device",
                    Kind.NAME,
                    "(the only device)",
                    "The device: to tear down, whose page is bad, or whose driver is meant."),
            Key.choice("verb", CloseVerb.values(), "when-idle", "kill: how."),
            Key.of(
                    "deadline",
                    Kind.DURATION,
                    "(`settle`)",
                    "kill: how long it waits before it reports who holds on; not with if-idle. truncate, punch: how long they"
                            + " wait for pages in use before they give up."),
            Key.of("reason", Kind.TEXT, "timeline", "kill: said to whoever is refused or revoked."),
            Key.count(
                    "count",
                    1,
                    ENTRIES_MAX,
                    "(request, speculate: 1; free, touch: all that are out)",
                    "request, free, touch, speculate: how many folios."),
            Key.count("order", 0, 18, "(the device's)", "request: log2 of the base pages of each folio."),
            Key.of("walker", Kind.NAME, Key.REQUIRED, "kill-walker: a walker such as rdma-3, or a group."),
            Key.of("file", Kind.NAME, "(the only file)", "truncate, punch, evict: the file."),
            Key.of("space", Kind.NAME, "(the only address space)", "zap, watch: the address space."),
            Key.of("map", Kind.NAME, "(all of the space)", "zap, watch: the only mapping."),
            Key.of(
                    "offset",
                    Kind.ADDRESS,
                    "(the first byte mapped)",
                    "zap, watch: virtual address of the first byte. punch: first byte of the file. poison: which page of the"
                            + " device, from its first. request: where in the device, else any free."),
            Key.of(
                    "size",
                    Kind.SIZE,
                    "(to the last byte mapped; 0 for truncate)",
                    "zap: how much, whole entries; watch: ask to be told when each head behind it is idle; truncate: the"
                            + " file's new size; punch: how much becomes a hole."));

    private static final List<Key> LIMITS = List.of(
            Key.count("operations", 1, OPERATIONS_MAX, "(no such limit)", "Walks begun by all walkers together."),
            Key.of("duration", Kind.DURATION, "(no such limit)", "Time since the load began."));

    /** The whole format. */
    static final Key ROOT = Key.holding(
            "",
            Kind.OBJECT,
            "",
            "",
            List.of(
                    Key.of("name", Kind.TEXT, "(the file's)", "Name in reports."),
                    Key.of("description", Kind.TEXT, "", "What it shows."),
                    Key.rows("shows", "(none)", "Rows of the protocol that it shows; the report names them."),
                    Key.words(
                            "expect",
                            Invariant.values(),
                            "(none)",
                            "Invariants that break, all of them and no others; then the run is good."),
                    Key.count(
                            "seed",
                            Long.MIN_VALUE,
                            Long.MAX_VALUE,
                            "(picked and printed)",
                            "Where all randomness comes from."),
                    Key.of("base-page", Kind.SIZE, "4KiB", "4KiB, 16KiB or 64KiB."),
                    Key.of(
                            "protocol",
                            Kind.PROTOCOL,
                            Protocol.PAGEPOOL.name(),
                            "The rules: a preset, or an object with `preset` and the switches to set differently."),
                    Key.holding("devices", Kind.NAMED, Key.REQUIRED, "One entry per pgmap.", DEVICE),
                    Key.holding("files", Kind.NAMED, "(none)", "One entry per file on an fs-dax device.", FILES),
                    Key.holding(
                            "address-spaces",
                            Kind.NAMED,
                            "(none)",
                            "One entry per address space.",
                            List.of(Key.holding(
                                    "map", Kind.NAMED, "(none)", "One entry per mapping; no two overlap.", MAP))),
                    Key.holding("walkers", Kind.NAMED, "(none)", "One entry per group of like walkers.", WALKERS),
                    Key.holding("timeline", Kind.LIST, "(nothing)", "What happens during the load.", TIMELINE),
                    Key.holding(
                            "limits",
                            Kind.OBJECT,
                            Key.REQUIRED,
                            "When the load ends; at least one, whichever comes first.",
                            LIMITS),
                    Key.of("settle", Kind.DURATION, "5s", "How long the end waits for devices to drain."),
                    Key.holding(
                            "heads",
                            Kind.OBJECT,
                            "(as below)",
                            "Where heads count.",
                            List.of(
                                    Key.choice(
                                            "hosting",
                                            HeadHosting.values(),
                                            "actor",
                                            "Each head in a mailbox of its own, or all of a section's in the section's."),
                                    Key.of(
                                            "idle-timeout",
                                            Kind.DURATION,
                                            "1s",
                                            "How long a head actor outlives its last use."))),
                    Key.of(
                            "variants",
                            Kind.OVERLAY,
                            "(none)",
                            "Named overlays over the rest; each is a run of its own.")));

    private ScenarioKeys() {}

    /** Every key in the order of the documentation. */
    public static List<ScenarioKey> all() {
        List<ScenarioKey> rows = new ArrayList<>();
        ROOT.keys().forEach(key -> add(rows, "", key));
        return List.copyOf(rows);
    }

    private static void add(List<ScenarioKey> rows, String prefix, Key key) {
        String path = prefix + key.name();
        rows.add(new ScenarioKey(path, key.documented(), key.fallback(), key.meaning()));
        String below = switch (key.kind()) {
            case NAMED -> path + ".<name>.";
            case LIST -> path + "[].";
            default -> path + ".";
        };
        key.keys().forEach(child -> add(rows, below, child));
    }
}
