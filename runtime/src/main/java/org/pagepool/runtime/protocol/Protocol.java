package org.pagepool.runtime.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.page.MemoryType;

/**
 * The full set of rule switches of one run. An era of the kernel or a proposal from the mails is a named preset; any
 * switch can be set differently with {@link #with}. Every run prints the resolved switches.
 *
 * <p>A switch is added here by a component (with its field in the draft), a line in {@link #SWITCHES} and a value in the
 * first preset, from which the others differ; scenarios, command lines and reports find it from there.
 *
 * <p>A combination of values can be written down and still make no sense: {@link #nonsense} says why, and nothing is mapped
 * under it.
 *
 * @param name the preset, followed by {@code +key=value} for every switch that was set differently
 * @param refcountBase count of an unused page, per memory type (D1)
 * @param mappingsHoldRefs whether a page-table entry holds a reference on file and device-dax pages (section 2.1); ask
 *     {@link #mapHoldsRefs}, which knows the other types
 * @param entriesHoldRefs whether an entry of a file holds a reference on its page from insertion to removal (B31, seed 002)
 * @param zapFlag whether an unmapped page stays in its file without that reference until truncation (D10)
 * @param onFree who is told that a page is free (D6)
 * @param cleanup whose record is cleaned when a page is free (D7)
 * @param pgmapRef whether walks hold a pgmap reference (D2)
 * @param headLookup when a walk finds out which head a page belongs to (D3)
 * @param batch references asked for per grab on the fast path (D4)
 * @param slowBatch references asked for per grab on the slow path (D16)
 * @param recheck whether a walk re-reads the entries after grabbing and gives back what changed (B17, B52, R5)
 * @param longterm who may be pinned for long (D14)
 * @param idleRule when truncation may take a page away (D8)
 * @param layoutWait how truncation waits for that (D9)
 * @param unmapFirst whether truncation unmaps pages before it looks at their counts (B32, R6)
 * @param rescan whether truncation, once woken, searches again from the start (B33, R16)
 * @param evictionWaits whether the end of a file waits for its pages as truncation does (B34)
 * @param requestNeedsFree whether only a free page can be handed out (D11)
 * @param requestCount how a request finds out that it was the first (R10)
 * @param requestWarns whether a request that meets a dying pgmap is reported as a bug (D11)
 * @param requestForms whether a request forms the compound it hands out (D11, B38)
 * @param mappingFirst whether a page is tied to its file before its entry can be seen (B41, R20)
 * @param faultIndex where in its file a compound is said to begin (B41, R19)
 * @param publishLast whether the pgmap of a dynamic region is published when its probe can no longer fail (B43, R27)
 * @param dedup which page metadata is shared (D12)
 * @param tailsWritable whether shared page metadata can be written to (D13)
 * @param zapFirst whether teardown removes the page-table entries before it waits (D2, R1)
 * @param waitsFor what teardown waits for (D15)
 */
public record Protocol(
        String name,
        Map<MemoryType, RefcountBase> refcountBase,
        boolean mappingsHoldRefs,
        boolean entriesHoldRefs,
        boolean zapFlag,
        FreeNotice onFree,
        FreeCleanup cleanup,
        PgmapRef pgmapRef,
        HeadLookup headLookup,
        GupBatch batch,
        SlowBatch slowBatch,
        boolean recheck,
        LongtermPolicy longterm,
        LayoutIdle idleRule,
        LayoutWait layoutWait,
        boolean unmapFirst,
        boolean rescan,
        boolean evictionWaits,
        boolean requestNeedsFree,
        RequestCount requestCount,
        boolean requestWarns,
        boolean requestForms,
        boolean mappingFirst,
        FaultIndex faultIndex,
        boolean publishLast,
        VmemmapDedup dedup,
        boolean tailsWritable,
        boolean zapFirst,
        TeardownWait waitsFor) {

    /**
     * Counts are 1-based everywhere, walks hold pgmap references, teardown waits for page pins, every managed page that
     * becomes free goes through a callback and the same cleanup (era E1, before seed 000).
     */
    public static final Protocol V5_5 = new Protocol(
            "v5.5",
            bases(RefcountBase.ONE),
            false,
            false,
            false,
            FreeNotice.CALLBACK,
            FreeCleanup.EVERY_TYPE,
            PgmapRef.PER_ENTRY_CACHED,
            HeadLookup.BEFORE_RECHECK,
            GupBatch.PER_PAGE,
            SlowBatch.PER_PAGE,
            true,
            LongtermPolicy.DENY_DEVMAP_FAST,
            LayoutIdle.COUNT_EQ_1,
            LayoutWait.DROP_RETRY,
            true,
            true,
            false,
            false,
            RequestCount.INC_RETURN,
            false,
            false,
            false,
            FaultIndex.ALIGN_DOWN,
            false,
            VmemmapDedup.NONE,
            true,
            true,
            TeardownWait.PAGE_PINS);

    /** After seed 000: driver memory is cleaned and its driver called, of file pages only the waiters are told (era E1). */
    public static final Protocol V5_13 = V5_5.as("v5.13", p -> {
        p.onFree = FreeNotice.BY_TYPE;
        p.cleanup = FreeCleanup.BY_TYPE;
    });

    /**
     * Pages other than those of files go to zero when they become free and are set back to one; teardown no longer waits
     * for their pins (era E2). Device-dax has compound pages, tied to their file before they can be seen.
     */
    public static final Protocol V5_18 = V5_13.as("v5.18", p -> {
        p.refcountBase.putAll(bases(RefcountBase.RESET_TO_ONE));
        p.refcountBase.put(MemoryType.FS_DAX, RefcountBase.ONE);
        p.requestCount = RequestCount.SET_ONE;
        p.mappingFirst = true;
        p.faultIndex = FaultIndex.ALIGN_UP;
        p.waitsFor = TeardownWait.PGMAP_REFS_ONLY;
    });

    /** Driver memory parks at zero and takes a pgmap reference when it is handed out; tails share metadata (era E3). */
    public static final Protocol V6_1 = V5_18.as("v6.1", p -> {
        p.refcountBase.put(MemoryType.PRIVATE, RefcountBase.ZERO);
        p.refcountBase.put(MemoryType.COHERENT, RefcountBase.ZERO);
        p.requestWarns = true;
        p.dedup = VmemmapDedup.PTE;
    });

    /**
     * File and peer-to-peer pages park at zero too, mappings hold references, truncation waits until only mappings are left,
     * hand-out requires a free page and forms its compound (era E4).
     */
    public static final Protocol V6_15 = V6_1.as("v6.15", p -> {
        p.refcountBase.put(MemoryType.FS_DAX, RefcountBase.ZERO);
        p.refcountBase.put(MemoryType.PCI_P2PDMA, RefcountBase.ZERO);
        p.mappingsHoldRefs = true;
        p.idleRule = LayoutIdle.COUNT_MINUS_MAPCOUNT;
        p.evictionWaits = true;
        p.requestNeedsFree = true;
        p.requestForms = true;
        p.faultIndex = FaultIndex.ALIGN_DOWN;
    });

    /** Walks no longer know device entries: one grab per head, no pgmap reference, long-term pins by type (era E4, late). */
    public static final Protocol V6_17 = V6_15.as("v6.17", p -> {
        p.pgmapRef = PgmapRef.NONE;
        p.batch = GupBatch.PER_HEAD_LOOP;
        p.slowBatch = SlowBatch.PER_ENTRY;
        p.longterm = LongtermPolicy.BY_TYPE_FILES_SLOW;
    });

    /**
     * Seed 002 and its series: file pages park at zero, an entry of a file holds one reference from insertion to removal,
     * truncation waits until only that one is left, and walks take no pgmap reference. Never merged.
     */
    public static final Protocol DAX_GUP_FIX = V6_1.as("dax-gup-fix", p -> {
        p.refcountBase.put(MemoryType.FS_DAX, RefcountBase.ZERO);
        p.entriesHoldRefs = true;
        p.pgmapRef = PgmapRef.NONE;
        p.idleRule = LayoutIdle.COUNT_EQ_1;
        p.requestCount = RequestCount.INC_THEN_READ;
    });

    /**
     * Seed 003: on top of the last form of seed 002, where an unmapped page keeps its place in the file without a reference,
     * pages are requested by offset; whoever takes a count to one also takes the pgmap reference, a page in use is granted
     * again. Never merged.
     */
    public static final Protocol REQUEST_FOLIO = DAX_GUP_FIX.as("request-folio", p -> {
        p.refcountBase.put(MemoryType.PCI_P2PDMA, RefcountBase.ZERO);
        p.zapFlag = true;
        p.idleRule = LayoutIdle.COUNT_EQ_0;
        p.evictionWaits = true;
        p.requestCount = RequestCount.INC_RETURN;
        p.requestWarns = false;
    });

    /**
     * Seed 004 as posted: compound device pages, one grab for all that remains of an entry, page metadata and its table
     * pages shared. What was merged of it differs (D4, D12).
     */
    public static final Protocol COMPOUND_DEVMAPS_V4 = V5_13.as("compound-devmaps-v4", p -> {
        p.headLookup = HeadLookup.BEFORE_NO_RECHECK;
        p.batch = GupBatch.PER_ENTRY_ASSUME_ONE;
        p.faultIndex = FaultIndex.ALIGN_UP;
        p.dedup = VmemmapDedup.PTE_PMD;
    });

    /**
     * What this project recommends and runs by default: the counts of v6.15, one grab per head, quiet requests for free pages
     * only, regions that publish their pgmap last, and a teardown that waits for every pin, which closes the hazard R28 of
     * the eras from v5.18 on.
     */
    public static final Protocol PAGEPOOL = V6_15.as("pagepool", p -> {
        p.refcountBase.put(MemoryType.GENERIC, RefcountBase.ONE);
        p.batch = GupBatch.PER_RANGE;
        p.slowBatch = SlowBatch.PER_FOLIO;
        p.longterm = LongtermPolicy.BY_TYPE;
        p.requestCount = RequestCount.INC_RETURN;
        p.requestWarns = false;
        p.publishLast = true;
        p.tailsWritable = false;
        p.waitsFor = TeardownWait.PAGE_PINS;
    });

    /** All presets, in the order they are listed to users: the default, the eras, the proposals. */
    public static final List<Protocol> PRESETS =
            List.of(PAGEPOOL, V5_5, V5_13, V5_18, V6_1, V6_15, V6_17, DAX_GUP_FIX, REQUEST_FOLIO, COMPOUND_DEVMAPS_V4);

    /** Every switch: its key, what it may be set to, how to read it and how to set it. */
    public static final List<Switch> SWITCHES = switches();

    /** Copies the map, so that a protocol never changes and always lists its bases in the order of the types. */
    public Protocol {
        Map<MemoryType, RefcountBase> copy = new EnumMap<>(refcountBase);
        for (MemoryType type : MemoryType.values()) {
            if (!copy.containsKey(type)) {
                throw new IllegalArgumentException(
                        "protocol leaves a memory type without a base: type=" + type.label());
            }
        }
        refcountBase = Collections.unmodifiableMap(copy);
    }

    /** The preset of that name, or null. */
    public static @Nullable Protocol preset(String name) {
        for (Protocol preset : PRESETS) {
            if (preset.name.equals(name)) {
                return preset;
            }
        }
        return null;
    }

    /**
     * The protocol of which {@link #name} and {@link #resolved} said that. A switch that is not named, because it was added since,
     * is as in the preset with which the name begins.
     *
     * @throws IllegalArgumentException if there is no such switch or value
     */
    @SuppressWarnings("ReferenceEquality") // a protocol with a switch set to what it is stays itself
    public static Protocol restored(String name, Map<String, String> settings) {
        int more = name.indexOf('+');
        Protocol preset = preset(more < 0 ? name : name.substring(0, more));
        Protocol restored = preset == null ? PAGEPOOL : preset;
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            restored = restored.with(setting.getKey(), setting.getValue());
        }
        boolean unchanged = restored == preset && name.equals(preset.name);
        return unchanged ? restored : restored.renamed(name);
    }

    /** The count of an unused page of that type, 0 or 1 (D1). */
    public int base(MemoryType type) {
        return refcountBase.get(type) == RefcountBase.ZERO ? 0 : 1;
    }

    /**
     * Whether a page of that type goes to zero when it becomes free and is then set back to one (E2, R25). Whoever is
     * handed such a page takes over the one that is there.
     */
    public boolean resets(MemoryType type) {
        return refcountBase.get(type) == RefcountBase.RESET_TO_ONE;
    }

    /**
     * Whether puts of pages of that type take the path of managed pages, on which leaving one behind means free and
     * leaving none gives the pgmap its reference back (B1): 1-based pages of drivers and files. Device-dax and
     * peer-to-peer pages just stay at one.
     */
    public boolean managed(MemoryType type) {
        return refcountBase.get(type) == RefcountBase.ONE && (driverOwned(type) || type == MemoryType.FS_DAX);
    }

    /**
     * Whether reaching the idle count is announced: the free transition of that type (section 2.1). Where the base is 0 every
     * type has one; a device-dax page that is set back to one is set back silently, for nobody handed it out.
     */
    public boolean noticesFree(MemoryType type) {
        return base(type) == 0 || managed(type) || (resets(type) && type != MemoryType.GENERIC);
    }

    /** Whether a page-table entry holds a reference on each page it maps (section 2.1). */
    public boolean mapHoldsRefs(MemoryType type) {
        return mappingsHoldRefs || type == MemoryType.COHERENT || type == MemoryType.PCI_P2PDMA;
    }

    /**
     * Whether a page holds a pgmap reference for as long as its own count is above zero: always where teardown waits for
     * page pins, and for driver-allocated memory in the 0-based eras too (B8, E3).
     */
    public boolean pageHoldsPgmapRef(MemoryType type) {
        return waitsFor == TeardownWait.PAGE_PINS || takenPerAllocation(type);
    }

    /**
     * Whether it can be seen how long a walk keeps the pgmap reference that it takes: where its pages hold none themselves. It
     * keeps it until it has looked at its entries again and has given back what it must (B6, B17).
     */
    public boolean walkKeepsPgmapRef(MemoryType type) {
        return pgmapRef != PgmapRef.NONE && !pageHoldsPgmapRef(type);
    }

    /** How many pgmap references a walk keeps for that many pages granted at once (D2). */
    public long walkPgmapRefs(long pages) {
        return pgmapRef == PgmapRef.PER_PAGE ? pages : 1;
    }

    /** Whether mapping the device takes one pgmap reference per head at once (B8). */
    public boolean mapTakesPgmapRefs(MemoryType type) {
        return pageHoldsPgmapRef(type) ? base(type) == 1 : !takenPerAllocation(type);
    }

    /**
     * Whether a device may bring a reference of its own, with operations to kill it and to wait for it (B11): in the eras in
     * which driver memory idles at one (E1). From v5.17 on the operations are gone.
     */
    public boolean externalRef() {
        return managed(MemoryType.PRIVATE);
    }

    private boolean takenPerAllocation(MemoryType type) {
        return base(type) == 0 && driverOwned(type);
    }

    private static boolean driverOwned(MemoryType type) {
        return type == MemoryType.PRIVATE || type == MemoryType.COHERENT;
    }

    /**
     * Why no device can follow these rules, in one line that names the switches, or null if they fit each other. Nothing is
     * mapped under rules that do not.
     */
    public @Nullable String nonsense() {
        RefcountBase files = refcountBase.get(MemoryType.FS_DAX);
        if (files == RefcountBase.RESET_TO_ONE) {
            return "refcount.base.fs-dax=reset-to-one: a file waits for its pages to be idle, and one that was set back"
                    + " looks like one in use; want one or zero";
        }
        if (files == RefcountBase.ZERO && !mappingsHoldRefs && !entriesHoldRefs) {
            return "refcount.base.fs-dax=zero: nothing brings a file's page into use; want mapping.holds-refs=true or"
                    + " entry.holds-refs=true";
        }
        if (base(MemoryType.GENERIC) == 0 && !mappingsHoldRefs) {
            return "refcount.base.generic=zero: device-dax hands nothing out, so a walk would meet pages at 0 for ever;"
                    + " want mapping.holds-refs=true or refcount.base.generic=one";
        }
        if (entriesHoldRefs && files == RefcountBase.ONE) {
            return "entry.holds-refs=true: a page of a file has its own reference already and could never be told idle;"
                    + " want refcount.base.fs-dax=zero";
        }
        if (zapFlag && !entriesHoldRefs) {
            return "entry.zap-flag=true: an entry that holds no reference has none to drop when it is unmapped; want"
                    + " entry.holds-refs=true";
        }
        boolean keepsOne = files == RefcountBase.ONE || (entriesHoldRefs && !zapFlag);
        return idleNonsense(keepsOne ? 1 : 0);
    }

    /** A rule that no idle page meets would wait for ever. */
    private @Nullable String idleNonsense(int idleCount) {
        String never = ": a page that is only in its file counts " + idleCount + ", and truncation would wait for ever;"
                + " want layout.idle-rule=" + (idleCount == 1 ? "count-eq-1" : "count-eq-0 or count-minus-mapcount")
                + " or not-pinned";
        return switch (idleRule) {
            case NOT_PINNED -> null;
            case COUNT_EQ_1 -> idleCount == 1 ? null : "layout.idle-rule=count-eq-1" + never;
            case COUNT_EQ_0 -> idleCount == 0 ? null : "layout.idle-rule=count-eq-0" + never;
            case COUNT_MINUS_MAPCOUNT -> idleCount == 0 ? null : "layout.idle-rule=count-minus-mapcount" + never;
        };
    }

    /**
     * This protocol, if it makes sense.
     *
     * @throws IllegalArgumentException saying which switch does not fit, and what would (see {@link #nonsense})
     */
    public Protocol checked() {
        String wrong = nonsense();
        if (wrong != null) {
            throw new IllegalArgumentException("protocol " + name + " makes no sense: " + wrong);
        }
        return this;
    }

    /**
     * Pgmap references a page has while it holds any: one, but one for each of its {@code 2^order} base pages where hand-out
     * forms driver memory into compounds (B4, B38).
     */
    public long pgmapRefsPerHead(MemoryType type, int order) {
        return takenPerAllocation(type) && requestForms ? 1L << order : 1;
    }

    /**
     * Whether a request holds a live pgmap reference from before it counts until it is answered. Where it does not, it looks
     * at the pgmap before and takes the reference after it has counted, and the pgmap may die in between (R11, R33). Driver
     * memory of the 1-based era takes none at all (R26).
     */
    public boolean requestHoldsPgmap(MemoryType type) {
        return requestNeedsFree || (requestCount == RequestCount.SET_ONE && refcountBase.get(type) != RefcountBase.ONE);
    }

    /** Whether FOLL_LONGTERM is refused on that type at last, after the slow path has been tried (B29). */
    public boolean refusesLongterm(MemoryType type) {
        return type != MemoryType.GENERIC;
    }

    /**
     * This protocol with one switch set differently.
     *
     * @throws IllegalArgumentException with the keys or values there are, if one is unknown
     */
    public Protocol with(String key, String value) {
        for (Switch s : SWITCHES) {
            if (s.key().equals(key)) {
                if (!s.values().contains(value)) {
                    throw new IllegalArgumentException(
                            "no such value for " + key + ": " + value + ", want " + String.join(" or ", s.values()));
                }
                return s.read().apply(this).equals(value)
                        ? this
                        : s.set().apply(renamed(name + "+" + key + "=" + value), value);
            }
        }
        throw new IllegalArgumentException("no such switch: " + key + ", want "
                + SWITCHES.stream().map(Switch::key).collect(Collectors.joining(" or ")));
    }

    /** Every switch and its value, in a fixed order. */
    public Map<String, String> resolved() {
        Map<String, String> out = new LinkedHashMap<>();
        for (Switch s : SWITCHES) {
            out.put(s.key(), s.read().apply(this));
        }
        return out;
    }

    /**
     * One switch.
     *
     * @param key as written in scenarios: {@code teardown.waits-for}
     * @param dispute the row it belongs to
     * @param values what it may be set to
     * @param read its value in a protocol
     * @param set a protocol with another value; the value is one of {@code values}
     */
    public record Switch(
            String key,
            String dispute,
            List<String> values,
            Function<Protocol, String> read,
            BiFunction<Protocol, String, Protocol> set) {}

    private Protocol renamed(String newName) {
        return as(newName, draft -> {});
    }

    /** This protocol under another name, with some of its components changed: the one place that knows them all. */
    private Protocol as(String newName, Consumer<Draft> change) {
        Draft draft = new Draft(this);
        draft.name = newName;
        change.accept(draft);
        return new Protocol(
                draft.name,
                draft.refcountBase,
                draft.mappingsHoldRefs,
                draft.entriesHoldRefs,
                draft.zapFlag,
                draft.onFree,
                draft.cleanup,
                draft.pgmapRef,
                draft.headLookup,
                draft.batch,
                draft.slowBatch,
                draft.recheck,
                draft.longterm,
                draft.idleRule,
                draft.layoutWait,
                draft.unmapFirst,
                draft.rescan,
                draft.evictionWaits,
                draft.requestNeedsFree,
                draft.requestCount,
                draft.requestWarns,
                draft.requestForms,
                draft.mappingFirst,
                draft.faultIndex,
                draft.publishLast,
                draft.dedup,
                draft.tailsWritable,
                draft.zapFirst,
                draft.waitsFor);
    }

    private Protocol edited(Consumer<Draft> change) {
        return as(name, change);
    }

    /** A protocol while it is being changed. */
    private static final class Draft {
        private String name;
        private final Map<MemoryType, RefcountBase> refcountBase;
        private boolean mappingsHoldRefs;
        private boolean entriesHoldRefs;
        private boolean zapFlag;
        private FreeNotice onFree;
        private FreeCleanup cleanup;
        private PgmapRef pgmapRef;
        private HeadLookup headLookup;
        private GupBatch batch;
        private SlowBatch slowBatch;
        private boolean recheck;
        private LongtermPolicy longterm;
        private LayoutIdle idleRule;
        private LayoutWait layoutWait;
        private boolean unmapFirst;
        private boolean rescan;
        private boolean evictionWaits;
        private boolean requestNeedsFree;
        private RequestCount requestCount;
        private boolean requestWarns;
        private boolean requestForms;
        private boolean mappingFirst;
        private FaultIndex faultIndex;
        private boolean publishLast;
        private VmemmapDedup dedup;
        private boolean tailsWritable;
        private boolean zapFirst;
        private TeardownWait waitsFor;

        Draft(Protocol from) {
            name = from.name;
            refcountBase = new EnumMap<>(from.refcountBase);
            mappingsHoldRefs = from.mappingsHoldRefs;
            entriesHoldRefs = from.entriesHoldRefs;
            zapFlag = from.zapFlag;
            onFree = from.onFree;
            cleanup = from.cleanup;
            pgmapRef = from.pgmapRef;
            headLookup = from.headLookup;
            batch = from.batch;
            slowBatch = from.slowBatch;
            recheck = from.recheck;
            longterm = from.longterm;
            idleRule = from.idleRule;
            layoutWait = from.layoutWait;
            unmapFirst = from.unmapFirst;
            rescan = from.rescan;
            evictionWaits = from.evictionWaits;
            requestNeedsFree = from.requestNeedsFree;
            requestCount = from.requestCount;
            requestWarns = from.requestWarns;
            requestForms = from.requestForms;
            mappingFirst = from.mappingFirst;
            faultIndex = from.faultIndex;
            publishLast = from.publishLast;
            dedup = from.dedup;
            tailsWritable = from.tailsWritable;
            zapFirst = from.zapFirst;
            waitsFor = from.waitsFor;
        }
    }

    private static List<Switch> switches() {
        List<Switch> all = new ArrayList<>();
        for (MemoryType type : MemoryType.values()) {
            all.add(choice(
                    "refcount.base." + type.label(),
                    "D1",
                    RefcountBase.values(),
                    p -> p.refcountBase.getOrDefault(type, RefcountBase.ONE),
                    (draft, base) -> draft.refcountBase.put(type, base)));
        }
        all.add(flag("mapping.holds-refs", "D1", p -> p.mappingsHoldRefs, (draft, on) -> draft.mappingsHoldRefs = on));
        all.add(choice("page.on-free", "D6", FreeNotice.values(), p -> p.onFree, (draft, who) -> draft.onFree = who));
        all.add(choice("page.cleanup", "D7", FreeCleanup.values(), p -> p.cleanup, (draft, of) -> draft.cleanup = of));
        all.add(choice(
                "gup.pgmap-ref", "D2", PgmapRef.values(), p -> p.pgmapRef, (draft, ref) -> draft.pgmapRef = ref));
        all.add(choice(
                "gup.head-lookup", "D3", HeadLookup.values(), p -> p.headLookup, (draft, at) -> draft.headLookup = at));
        all.add(choice("gup.batch", "D4", GupBatch.values(), p -> p.batch, (draft, size) -> draft.batch = size));
        all.add(choice(
                "gup.slow-batch",
                "D16",
                SlowBatch.values(),
                p -> p.slowBatch,
                (draft, size) -> draft.slowBatch = size));
        all.add(flag("gup.recheck", "B52", p -> p.recheck, (draft, on) -> draft.recheck = on));
        all.add(choice(
                "longterm.policy",
                "D14",
                LongtermPolicy.values(),
                p -> p.longterm,
                (draft, policy) -> draft.longterm = policy));
        all.add(choice(
                "layout.idle-rule",
                "D8",
                LayoutIdle.values(),
                p -> p.idleRule,
                (draft, rule) -> draft.idleRule = rule));
        all.add(choice(
                "layout.wait", "D9", LayoutWait.values(), p -> p.layoutWait, (draft, how) -> draft.layoutWait = how));
        all.add(flag("layout.unmap-first", "B32", p -> p.unmapFirst, (draft, on) -> draft.unmapFirst = on));
        all.add(flag("layout.rescan", "B33", p -> p.rescan, (draft, on) -> draft.rescan = on));
        all.add(flag("layout.eviction-waits", "B34", p -> p.evictionWaits, (draft, on) -> draft.evictionWaits = on));
        all.add(flag("entry.holds-refs", "D10", p -> p.entriesHoldRefs, (draft, on) -> draft.entriesHoldRefs = on));
        all.add(flag("entry.zap-flag", "D10", p -> p.zapFlag, (draft, on) -> draft.zapFlag = on));
        all.add(flag(
                "request.require-free", "D11", p -> p.requestNeedsFree, (draft, on) -> draft.requestNeedsFree = on));
        all.add(choice(
                "request.count",
                "D11",
                RequestCount.values(),
                p -> p.requestCount,
                (draft, how) -> draft.requestCount = how));
        all.add(flag("request.warn-on-dying", "D11", p -> p.requestWarns, (draft, on) -> draft.requestWarns = on));
        all.add(flag("request.restructure", "D11", p -> p.requestForms, (draft, on) -> draft.requestForms = on));
        all.add(flag("fault.mapping-first", "B41", p -> p.mappingFirst, (draft, on) -> draft.mappingFirst = on));
        all.add(choice(
                "fault.index", "B41", FaultIndex.values(), p -> p.faultIndex, (draft, to) -> draft.faultIndex = to));
        all.add(flag("dax.publish-last", "B43", p -> p.publishLast, (draft, on) -> draft.publishLast = on));
        all.add(choice(
                "vmemmap.dedup", "D12", VmemmapDedup.values(), p -> p.dedup, (draft, what) -> draft.dedup = what));
        all.add(flag("vmemmap.tail-writable", "D13", p -> p.tailsWritable, (draft, on) -> draft.tailsWritable = on));
        all.add(flag("teardown.zap-first", "D2", p -> p.zapFirst, (draft, on) -> draft.zapFirst = on));
        all.add(choice(
                "teardown.waits-for",
                "D15",
                TeardownWait.values(),
                p -> p.waitsFor,
                (draft, wait) -> draft.waitsFor = wait));
        return List.copyOf(all);
    }

    private static <E extends Enum<E>> Switch choice(
            String key, String dispute, E[] values, Function<Protocol, E> read, BiConsumer<Draft, E> set) {
        return new Switch(
                key,
                dispute,
                labels(values),
                p -> label(read.apply(p)),
                (p, text) -> p.edited(draft -> set.accept(draft, parse(values, text))));
    }

    private static Switch flag(String key, String dispute, Predicate<Protocol> read, BiConsumer<Draft, Boolean> set) {
        return new Switch(
                key,
                dispute,
                List.of("true", "false"),
                p -> String.valueOf(read.test(p)),
                (p, text) -> p.edited(draft -> set.accept(draft, text.equals("true"))));
    }

    private static Map<MemoryType, RefcountBase> bases(RefcountBase base) {
        Map<MemoryType, RefcountBase> all = new EnumMap<>(MemoryType.class);
        for (MemoryType type : MemoryType.values()) {
            all.put(type, base);
        }
        return all;
    }

    private static List<String> labels(Enum<?>[] values) {
        List<String> out = new ArrayList<>();
        for (Enum<?> value : values) {
            out.add(label(value));
        }
        return List.copyOf(out);
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static <E extends Enum<E>> E parse(E[] values, String text) {
        for (E value : values) {
            if (label(value).equals(text)) {
                return value;
            }
        }
        throw new IllegalArgumentException("no such value: " + text);
    }
}
