package org.pagepool.demo.gup;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.HeadHosting;
import org.pagepool.actors.Limits;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.cli.PoolCalls;
import org.pagepool.demo.cli.Protocols;
import org.pagepool.demo.cli.Seeds;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.scenario.DeviceArguments;
import org.pagepool.demo.scenario.Sizes;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pagepool gup-test}: how long it takes to get or pin a range, and to give it back. */
@Command(
        name = "gup-test",
        description = "Measures get and pin over a range, with the letters of the kernel's gup_test.",
        sortOptions = false,
        footer = {
            "",
            "The device is mapped by the largest entries that fit and touched before anything is measured.",
            "Exit status: 0 good, 1 a walk was refused or a page does not look pinned, 2 bad input, 70 internal error, 130 Ctrl-C."
        })
public final class GupTestCommand implements Callable<Integer> {
    private static final String BATCH = "gup.batch";
    private static final long MIB = 1L << 20;
    private static final long MIB_MAX = 64L << 20;
    private static final long CALLS_MAX = 1L << 20;
    private static final long HEAD_BYTES = 2000;
    private static final long FLOOR_HEAD_BYTES = 1000;
    private static final int WALKERS_MAX = 1024;
    private static final int REPEATS_MAX = 1_000_000;

    private final Console console;

    @Option(names = "-u", description = "Get, the fast way (the default).")
    private boolean getFast;

    @Option(names = "-U", description = "Get, the slow way.")
    private boolean getBasic;

    @Option(names = "-a", description = "Pin, the fast way.")
    private boolean pinFast;

    @Option(names = "-b", description = "Pin, the slow way.")
    private boolean pinBasic;

    @Option(names = "-L", description = "Pin for long (FOLL_LONGTERM), the slow way.")
    private boolean pinLongterm;

    @Option(names = "-m", paramLabel = "MIB", description = "Size of the device and the range, in MiB (128).")
    private long mib = 128;

    @Option(names = "-n", paramLabel = "PAGES", description = "Base pages per call (1); negative: all in one call.")
    private long pagesPerCall = 1;

    @Option(
            names = "--at-once",
            paramLabel = "CALLS",
            description =
                    "Calls of a walker that are under way at the same time, 1 to 256 (256); with 1 each begins when"
                            + " the one before has ended, as in the kernel.")
    private int atOnce = GupWalker.AT_ONCE_MAX;

    @Option(names = "-r", paramLabel = "REPEATS", description = "How often to measure (1).")
    private int repeats = 1;

    @Option(names = "-j", paramLabel = "WALKERS", description = "Walkers that do it at the same time (1).")
    private int walkers = 1;

    @Option(
            names = "--overlap",
            paramLabel = "HOW",
            description =
                    "Which pages the walkers go over: shared (all of the range, the default), disjoint (a part each)"
                            + " or one-head (the first head, as often as the range has heads).")
    private String overlap = Overlap.SHARED.label();

    @Option(names = "-S", description = "MAP_SHARED; device memory always is.")
    private boolean shared;

    @Option(names = "-H", description = "Huge pages; needs a --geometry of 2MiB or more.")
    private boolean huge;

    @Option(names = "-w", description = "Ask to write (the default).")
    private boolean write;

    @Option(names = "-W", description = "Ask to read only.")
    private boolean readOnly;

    @Option(names = "--geometry", paramLabel = "SIZE", description = "Memory per head (2MiB).")
    private String geometry = "2MiB";

    @Option(
            names = "--level",
            paramLabel = "LEVEL",
            description = "Entries the range is mapped by: pte, pmd or pud (the largest that fit a head).")
    private @Nullable String level;

    @Option(names = "--base-page", paramLabel = "SIZE", description = "4KiB (the default), 16KiB or 64KiB.")
    private String basePage = "4KiB";

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "Memory type: coherent, fs-dax, generic (the default) or pci-p2pdma.")
    private String type = "generic";

    @Option(names = "--pci-p2pdma", description = "Say that the walkers can do peer-to-peer DMA.")
    private boolean peerToPeer;

    @Option(
            names = "--protocol",
            paramLabel = "NAME",
            description = "The rules: pagepool (the default), or an era such as v6.15.")
    private String protocol = Protocol.PAGEPOOL.name();

    @Option(names = "-D", paramLabel = "SWITCH=VALUE", description = "Sets a switch of the protocol differently.")
    private List<String> switches = new ArrayList<>();

    @Option(
            names = "--batching",
            paramLabel = "HOW",
            description = "per-page, per-entry-assume-one, per-head-loop or per-range; as -D gup.batch=HOW.")
    private @Nullable String batching;

    @Option(
            names = "--hosting",
            paramLabel = "WHERE",
            description = "Where heads count: actor (the default), each in a mailbox of its own, or section.")
    private String hosting = HeadHosting.ACTOR.label();

    @Option(
            names = "--warmup",
            paramLabel = "N",
            description = "Unmeasured repeats before the first (as many as fit into 1.5 s).")
    private @Nullable Integer warmups;

    @Option(
            names = "--journal",
            paramLabel = "WHERE",
            description = "On a durable pool: rocks (in a temporary directory), rocks:DIR or postgresql://HOST/NAME.")
    private @Nullable String journal;

    @Option(
            names = "--floor",
            description = "Measure beside it, lap by lap, what plain counters and bare actors take for as many grabs;"
                    + " with --journal also what the journal takes for as many bytes on its own.")
    private boolean floor;

    @Mixin
    private CommonOptions options = new CommonOptions();

    /** The command; writes to {@code console}. */
    public GupTestCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        GupPlan plan = plan();
        GupText text = new GupText(options.text(console), options.ink(console));
        if (journal != null) {
            PoolCalls.journalFailsInOneLine();
        }
        try (GupJournal where = journal == null ? null : GupJournal.open(journal, GupRun.config(plan.hosting()))) {
            text.announce(plan, where == null ? null : where.label());
            GupResult result = measure(plan, where);
            print(text, result);
            return result.status().code();
        }
    }

    private GupResult measure(GupPlan plan, @Nullable GupJournal where) {
        try (StatusLine status = options.statusLine(console)) {
            return new GupRun(plan, where, console.interrupts(), status).run();
        }
    }

    private void print(GupText text, GupResult result) {
        if (options.json()) {
            GupJson.print(console.out(), result);
            return;
        }
        text.show(result);
        if (options.quiet()) {
            new GupText(console.out(), options.ink(console)).verdicts(result);
        }
    }

    // ---- checks, in the order of the options

    GupPlan plan() {
        GupMode mode = mode();
        BasePage base = DeviceArguments.basePage(basePage);
        Geometry heads = DeviceArguments.geometry(geometry, base);
        checkCounts();
        checkJournal();
        checkLetters(base, heads);
        long bytes = mib * MIB;
        long pages = bytes >> base.shift();
        Overlap where = overlap();
        long most = switch (where) {
            case SHARED -> pages;
            case DISJOINT -> Math.max(1, pages / walkers);
            case ONE_HEAD -> heads.pages();
        };
        GupPlan plan = new GupPlan(
                mode,
                bytes,
                pages,
                pagesPerCall < 0 ? most : Math.min(pagesPerCall, most),
                atOnce,
                repeats,
                warmups == null ? GupPlan.WARM_UP_BY_TIME : warmups,
                walkers,
                where,
                shared,
                !readOnly,
                peerToPeer,
                memoryType(),
                base,
                heads,
                level(base, pages),
                protocol(),
                hosting(),
                Seeds.choose(options.seed(), OptionalLong.empty()),
                journal,
                floor);
        checkSize(plan);
        checkParts(plan);
        checkLimits(plan);
        checkHeap(plan);
        return plan;
    }

    private void checkJournal() {
        if (journal != null) {
            GupJournal.check(journal);
        }
    }

    private GupMode mode() {
        List<GupMode> given = new ArrayList<>();
        for (GupMode mode : GupMode.values()) {
            boolean wanted = switch (mode) {
                case GET_FAST -> getFast;
                case GET_BASIC -> getBasic;
                case PIN_FAST -> pinFast;
                case PIN_BASIC -> pinBasic;
                case PIN_LONGTERM -> pinLongterm;
            };
            if (wanted) {
                given.add(mode);
            }
        }
        if (given.size() > 1) {
            throw new UsageException("more than one kind of call: "
                    + String.join(" ", given.stream().map(GupMode::option).toList()) + "; want one of "
                    + String.join(
                            ", ",
                            Arrays.stream(GupMode.values()).map(GupMode::option).toList()));
        }
        return given.isEmpty() ? GupMode.GET_FAST : given.get(0);
    }

    private @Nullable Level level(BasePage base, long pages) {
        if (level == null) {
            return null;
        }
        for (Level each : Level.values()) {
            if (each.label().equals(level)) {
                long entry = each.pages(base);
                if (pages % entry != 0) {
                    throw new UsageException(
                            "--level " + level + " with -m " + mib + ": is no multiple of its entries; want -m "
                                    + (pages + entry - 1) / entry * entry * base.bytes() / MIB);
                }
                return each;
            }
        }
        throw new UsageException("--level " + level + ": no such entries; want pte, pmd or pud");
    }

    private void checkCounts() {
        between("-m", mib, 1, MIB_MAX, " MiB, which is 64TiB");
        if (pagesPerCall == 0) {
            throw new UsageException("-n 0: no page per call; want 1 or more, or -1 for all in one call");
        }
        between("--at-once", atOnce, 1, GupWalker.AT_ONCE_MAX, "");
        between("-r", repeats, 1, REPEATS_MAX, "");
        between("-j", walkers, 1, WALKERS_MAX, "");
        between("--warmup", warmups == null ? 0 : warmups, 0, REPEATS_MAX, "");
    }

    private static void between(String option, long given, long least, long most, String unit) {
        if (given < least || given > most) {
            throw new UsageException(option + " " + given + ": out of range; want " + least + " to " + most + unit);
        }
    }

    private void checkLetters(BasePage base, Geometry heads) {
        if (write && readOnly) {
            throw new UsageException("-w with -W: writing and reading only; want one of them");
        }
        if (huge && heads.pages() < base.pmdPages()) {
            throw new UsageException("-H with --geometry " + geometry + ": heads are no huge pages; want --geometry "
                    + Sizes.exact(base.pmdPages() * base.bytes()) + " or more, or no -H");
        }
    }

    private Overlap overlap() {
        for (Overlap each : Overlap.values()) {
            if (each.label().equals(overlap)) {
                return each;
            }
        }
        throw new UsageException("--overlap " + overlap + ": no such way; want shared, disjoint or one-head");
    }

    private HeadHosting hosting() {
        return PoolCalls.hosting(hosting);
    }

    private MemoryType memoryType() {
        for (MemoryType candidate : MemoryType.values()) {
            if (candidate.label().equals(type)) {
                if (candidate == MemoryType.PRIVATE) {
                    throw new UsageException("--type private: a CPU cannot map it, so nothing can be pinned there;"
                            + " want coherent, fs-dax, generic or pci-p2pdma");
                }
                return candidate;
            }
        }
        throw new UsageException(
                "--type " + type + ": no such memory type; want coherent, fs-dax, generic or pci-p2pdma");
    }

    private Protocol protocol() {
        Protocol chosen = Protocols.preset(protocol);
        String how = batching;
        for (String setting : switches) {
            if (how != null && setting.startsWith(BATCH + "=")) {
                throw new UsageException(
                        "--batching " + how + " with -D " + setting + ": both set " + BATCH + "; want one of them");
            }
            chosen = Protocols.with(chosen, setting);
        }
        if (how != null) {
            chosen = Protocols.with(chosen, "--batching " + how, Protocols.known(BATCH, BATCH), how);
        }
        String nonsense = chosen.nonsense();
        if (nonsense != null) {
            throw new UsageException("-D " + nonsense);
        }
        return chosen;
    }

    private void checkSize(GupPlan plan) {
        long head = plan.geometry().pages() * plan.basePage().bytes();
        if (plan.bytes() % head != 0) {
            long below = plan.bytes() / head * head / MIB;
            long above = (plan.bytes() / head + 1) * head / MIB;
            throw new UsageException("-m " + mib + ": is no multiple of --geometry " + geometry + "; want -m "
                    + (below == 0 ? "" : below + " or ") + above);
        }
    }

    /** Walkers that are compared do the same work, and no head is in two parts. */
    private static void checkParts(GupPlan plan) {
        long heads = plan.heads();
        int given = plan.walkers();
        if (plan.overlap() != Overlap.DISJOINT || heads % given == 0) {
            return;
        }
        int below = given;
        while (heads % below != 0) {
            below--;
        }
        int above = given;
        while (above < WALKERS_MAX && heads % above != 0) {
            above++;
        }
        throw new UsageException("-j " + given + " with --overlap disjoint: " + Numbers.counted(heads, "head")
                + " cannot be shared out evenly; want -j " + below
                + (heads % above == 0 ? " or " + above : ""));
    }

    /** Every head of the range may become an actor; better to say so now than to run out of memory half way. */
    private void checkHeap(GupPlan plan) {
        boolean actors = plan.hosting() == HeadHosting.ACTOR;
        long need = plan.heads() * ((actors ? HEAD_BYTES : 0) + (plan.floor() ? FLOOR_HEAD_BYTES : 0));
        long most = Runtime.getRuntime().maxMemory();
        if (need > most) {
            throw new UsageException("-m " + mib + " with --geometry " + geometry + ": "
                    + Numbers.counted(plan.heads(), "head") + " take about " + Sizes.pretty(need)
                    + " of heap, and there is " + Sizes.pretty(most)
                    + "; want a larger --geometry, " + (plan.floor() ? "no --floor, " : "")
                    + "or PAGEPOOL_JAVA_OPTS=-Xmx"
                    + (need / MIB * 3 / 2) + "m");
        }
    }

    private void checkLimits(GupPlan plan) {
        Limits limits = Limits.from(GupRun.config(plan.hosting()));
        if (plan.heads() > limits.walkHeadsMax()) {
            long geometryFor = plan.geometry().pages() * plan.basePage().bytes();
            while (plan.bytes() / geometryFor > limits.walkHeadsMax()) {
                geometryFor <<= 1;
            }
            throw new UsageException("-m " + mib + " with --geometry " + geometry + ": that is "
                    + Numbers.grouped(plan.heads()) + " heads; want at most " + Numbers.grouped(limits.walkHeadsMax())
                    + " (pagepool.limits.walk-heads), such as --geometry " + Sizes.exact(geometryFor));
        }
        if (plan.pagesPerCall() > limits.walkPagesMax()) {
            throw new UsageException("-n " + pagesPerCall + " with -m " + mib + ": that is "
                    + Numbers.grouped(plan.pagesPerCall()) + " pages per call; want at most "
                    + Numbers.grouped(limits.walkPagesMax()) + " (pagepool.limits.walk-pages)");
        }
        if (plan.calls() > CALLS_MAX) {
            throw new UsageException("-n " + pagesPerCall + " with -m " + mib + ": that is "
                    + Numbers.grouped(plan.calls()) + " grants held at once; want at most " + Numbers.grouped(CALLS_MAX)
                    + ", such as -n " + (plan.pages() + CALLS_MAX - 1) / CALLS_MAX);
        }
    }
}
