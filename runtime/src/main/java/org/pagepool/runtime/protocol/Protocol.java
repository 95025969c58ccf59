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
 * <p>A switch is added here by a component (with its field in the draft), a line in {@link #SWITCHES} and a value in each
 * preset; scenarios, command lines and reports find it from there.
 *
 * @param name the preset, followed by {@code +key=value} for every switch that was set differently
 * @param refcountBase count of an unused page, per memory type (D1)
 * @param mappingsHoldRefs whether a page-table entry holds a reference on the heads it maps (section 2.1)
 * @param pgmapRef whether walks hold a pgmap reference (D2)
 * @param batch references asked for per grab (D4)
 * @param recheck whether a walk re-reads the entries after grabbing and gives back what changed (B17, B52, R5; beside D3)
 * @param longterm who may be pinned for long (D14)
 * @param zapFirst whether teardown removes the page-table entries before it waits (D2, R1)
 * @param waitsFor what teardown waits for (D15)
 */
public record Protocol(
        String name,
        Map<MemoryType, RefcountBase> refcountBase,
        boolean mappingsHoldRefs,
        PgmapRef pgmapRef,
        GupBatch batch,
        boolean recheck,
        LongtermPolicy longterm,
        boolean zapFirst,
        TeardownWait waitsFor) {

    /** Counts are 1-based everywhere, walks hold pgmap references, teardown waits for page pins (era E1). */
    public static final Protocol V5_5 = new Protocol(
            "v5.5",
            bases(RefcountBase.ONE),
            false,
            PgmapRef.PER_ENTRY_CACHED,
            GupBatch.PER_PAGE,
            true,
            LongtermPolicy.DENY_DEVMAP_FAST,
            true,
            TeardownWait.PAGE_PINS);

    /** Counts are 0-based except for device-dax, mappings hold references, teardown waits for the pgmap only (era E4). */
    public static final Protocol V6_15 = new Protocol(
            "v6.15",
            basesExceptGeneric(),
            true,
            PgmapRef.PER_ENTRY_CACHED,
            GupBatch.PER_PAGE,
            true,
            LongtermPolicy.DENY_DEVMAP_FAST,
            true,
            TeardownWait.PGMAP_REFS_ONLY);

    /**
     * What this project recommends and runs by default: the counts of v6.15, one grab per head, and a teardown that waits
     * for every pin, which closes the hazard R28 of the eras from v5.18 on.
     */
    public static final Protocol PAGEPOOL = new Protocol(
            "pagepool",
            basesExceptGeneric(),
            true,
            PgmapRef.PER_ENTRY_CACHED,
            GupBatch.PER_RANGE,
            true,
            LongtermPolicy.BY_TYPE,
            true,
            TeardownWait.PAGE_PINS);

    /** All presets, in the order they are listed to users. */
    public static final List<Protocol> PRESETS = List.of(PAGEPOOL, V5_5, V6_15);

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

    /** The count of an unused page of that type, 0 or 1 (D1). */
    public int base(MemoryType type) {
        return refcountBase.get(type) == RefcountBase.ONE ? 1 : 0;
    }

    /**
     * Whether reaching the idle count is announced. Where the base is 0 that is the free transition of every type; where
     * it is 1 only managed types have one (B1, B3): device-dax and peer-to-peer pages just stay at 1.
     */
    public boolean noticesFree(MemoryType type) {
        return base(type) == 0
                || type == MemoryType.PRIVATE
                || type == MemoryType.COHERENT
                || type == MemoryType.FS_DAX;
    }

    /**
     * Whether a page holds a pgmap reference for as long as its own count is above zero: always where teardown waits for
     * page pins, and for driver-allocated memory in the 0-based eras too (B8, E3).
     */
    public boolean pageHoldsPgmapRef(MemoryType type) {
        return waitsFor == TeardownWait.PAGE_PINS || takenPerAllocation(type);
    }

    /** Whether mapping the device takes one pgmap reference per head at once (B8). */
    public boolean mapTakesPgmapRefs(MemoryType type) {
        return pageHoldsPgmapRef(type) ? base(type) == 1 : !takenPerAllocation(type);
    }

    private boolean takenPerAllocation(MemoryType type) {
        return base(type) == 0 && (type == MemoryType.PRIVATE || type == MemoryType.COHERENT);
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
        return edited(draft -> draft.name = newName);
    }

    /** This protocol with some of its components changed: the one place that knows them all. */
    private Protocol edited(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new Protocol(
                draft.name,
                draft.refcountBase,
                draft.mappingsHoldRefs,
                draft.pgmapRef,
                draft.batch,
                draft.recheck,
                draft.longterm,
                draft.zapFirst,
                draft.waitsFor);
    }

    /** A protocol while it is being changed. */
    private static final class Draft {
        private String name;
        private final Map<MemoryType, RefcountBase> refcountBase;
        private boolean mappingsHoldRefs;
        private PgmapRef pgmapRef;
        private GupBatch batch;
        private boolean recheck;
        private LongtermPolicy longterm;
        private boolean zapFirst;
        private TeardownWait waitsFor;

        Draft(Protocol from) {
            name = from.name;
            refcountBase = new EnumMap<>(from.refcountBase);
            mappingsHoldRefs = from.mappingsHoldRefs;
            pgmapRef = from.pgmapRef;
            batch = from.batch;
            recheck = from.recheck;
            longterm = from.longterm;
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
        all.add(choice(
                "gup.pgmap-ref", "D2", PgmapRef.values(), p -> p.pgmapRef, (draft, ref) -> draft.pgmapRef = ref));
        all.add(choice("gup.batch", "D4", GupBatch.values(), p -> p.batch, (draft, size) -> draft.batch = size));
        all.add(flag("gup.recheck", "D3", p -> p.recheck, (draft, on) -> draft.recheck = on));
        all.add(choice(
                "longterm.policy",
                "D14",
                LongtermPolicy.values(),
                p -> p.longterm,
                (draft, policy) -> draft.longterm = policy));
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

    private static Map<MemoryType, RefcountBase> basesExceptGeneric() {
        Map<MemoryType, RefcountBase> all = bases(RefcountBase.ZERO);
        all.put(MemoryType.GENERIC, RefcountBase.ONE);
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
