package org.pagepool.demo.conform;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.PoolRefusedException;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.pgmap.MapRefusal;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.VmemmapDedup;
import org.pagepool.runtime.vmemmap.AltmapFrames;
import org.pagepool.runtime.vmemmap.CompoundInit;
import org.pagepool.runtime.vmemmap.Fallback;
import org.pagepool.runtime.vmemmap.FrameKind;
import org.pagepool.runtime.vmemmap.FrameRun;
import org.pagepool.runtime.vmemmap.HeadRecord;
import org.pagepool.runtime.vmemmap.MemmapLayout;
import org.pagepool.runtime.vmemmap.RecordInit;
import org.pagepool.runtime.vmemmap.Reuse;
import org.pagepool.runtime.vmemmap.Sharing;
import org.pagepool.runtime.vmemmap.StructPages;
import org.pagepool.runtime.vmemmap.Vmemmap;
import org.pagepool.runtime.vmemmap.VmemmapFigures;

/** Where page records live, and what they share. Rows B44 to B51, and what R22, R24, R31 and I10 say of it. */
final class VmemmapChecks {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final long TIB = 1L << 40;
    private static final long SECTION = 32768;

    private static final String NOTHING_SHARED = "nothing is shared before v6.1";

    private VmemmapChecks() {}

    /** Whether metadata is shared; elsewhere the rows of sharing have nothing to say. */
    static boolean shares(Protocol protocol) {
        return protocol.dedup() != VmemmapDedup.NONE;
    }

    /** Where it is not. */
    static boolean sharesNothing(Protocol protocol) {
        return !shares(protocol);
    }

    private static boolean sharesTables(Protocol protocol) {
        return protocol.dedup() == VmemmapDedup.PTE_PMD;
    }

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B44", "vmemmap populate")
                        .rule(
                                "Without sharing, every page of page records is allocated, a whole section in one piece where one PMD entry reaches just that")
                        .holds("outside the model: memory that is too scattered for a piece of 2 MiB")
                        .where("Vmemmap#populate", "Sharing#of")
                        .tests(
                                "VmemmapTest#shouldMapWholeSectionsByOneEntry",
                                "VmemmapTest#shouldNotMapHugeWhereAPmdEntryReachesMoreThanASection",
                                "VmemmapFiguresTest#shouldCostPerTebibyteWhatTheDigestSays",
                                "VmemmapPropertiesTest#shouldAgreeWithAModelThatHasAnObjectForEveryBlock")
                        .check("base pages cost 64 bytes each, mapped by section", VmemmapChecks::basePages)
                        .check("a tebibyte costs 16 GiB where nothing is shared", VmemmapChecks::tebibyteUnshared),
                Row.of("B45", "tail reuse")
                        .rule(
                                "With sharing, a compound has a block for its head and one for its tails, which all other entries map; it needs more than two pages of records")
                        .eras("from v6.1, proposal; geometry over 1")
                        .skip(NOTHING_SHARED, VmemmapChecks::sharesNothing)
                        .holds()
                        .where("Vmemmap#populate", "Sharing#of")
                        .tests(
                                "VmemmapTest#shouldMapTheSecondBlockForAllTails",
                                "SharingTest#shouldSayWhyLessIsShared",
                                "VmemmapFiguresTest#shouldNeedTwoPagesPerCompound")
                        .check("2 of 8 pages are allocated for a compound of 2 MiB", VmemmapChecks::tailsOfTwoMib)
                        .check("no sharing without more than two pages of records", VmemmapChecks::tooFewPages),
                Row.of("B46", "reuse across sections")
                        .rule("A compound that spans sections goes on with the block of the section before")
                        .eras("from v6.1, proposal; 1 GiB")
                        .skip(NOTHING_SHARED, VmemmapChecks::sharesNothing)
                        .holds()
                        .where("Sharing#reuse", "Vmemmap#populate")
                        .tests(
                                "SharingTest#shouldTakeMetadataFromTheSectionBeforeInsideOfLargeCompoundsOnly",
                                "VmemmapTest#shouldReuseTheTailBlockAcrossSections",
                                "VmemmapTest#shouldBeginAfreshWithEachRange")
                        .check("the truth table of sections and compounds", VmemmapChecks::truthTable)
                        .check("2 of 4096 pages are allocated for a compound of 1 GiB", VmemmapChecks::tailsOfOneGib)
                        .check(
                                "1 GiB costs 40960 bytes with its table pages",
                                protocol -> !sharesTables(protocol),
                                scene -> expectGibibyte(scene, 8, 40960)),
                Row.of("B47", "table reuse")
                        .rule("As posted: whole table pages of tails are shared too")
                        .eras("proposal")
                        .skip("posted, never merged", protocol -> !sharesTables(protocol))
                        .holds(
                                "at 16 and 64 KiB a table page serves several sections, so there is none to share; what was posted would have left sections without entries there")
                        .where("Sharing#reuse", "Vmemmap#populate")
                        .tests(
                                "VmemmapTest#shouldReuseTheTablePageOfTails",
                                "VmemmapTest#shouldRefuseToRemovePartOfACompoundWithSharedTables",
                                "VmemmapFiguresTest#shouldCountTablePagesOfAGigabyte")
                        .check("1 GiB costs 16384 bytes with its table pages", scene -> expectGibibyte(scene, 2, 16384))
                        .check("seven sections lead to one table page", VmemmapChecks::sharedTable),
                Row.of("B48", "block references")
                        .rule("A block counts the entries that map it and is freed with the last")
                        .eras("from v6.1, proposal; geometry over 1")
                        .skip(NOTHING_SHARED, VmemmapChecks::sharesNothing)
                        .holds()
                        .where("Frames#take", "Frames#put", "Vmemmap#depopulate")
                        .tests(
                                "FramesTest#shouldFreeAFrameWithItsLastReference",
                                "VmemmapTest#shouldKeepTheTailBlockUntilTheLastSectionIsGone",
                                "VmemmapTest#shouldLeaveNothingWhenAFrameIsRefused",
                                "VmemmapPropertiesTest#shouldTakeBackWhatItHadWhenAFrameIsRefused")
                        .check(
                                "a tail block of 2 MiB has 7 references, and goes with the last",
                                VmemmapChecks::lastEntry)
                        .check("what is there when a frame is refused is taken back", VmemmapChecks::refusedFrame),
                Row.of("B49", "memmap init count")
                        .rule("With sharing, 128 records per compound are initialised, not all")
                        .eras("from v6.1, proposal; geometry over 1")
                        .skip(NOTHING_SHARED, VmemmapChecks::sharesNothing)
                        .holds("128 per compound, not per section: 8192 in a section of 2 MiB compounds")
                        .where("RecordInit#perHead", "RecordInit#inSection")
                        .tests(
                                "RecordInitTest#shouldInitialiseTwoBlocksPerCompound",
                                "VmemmapFiguresTest#shouldInitialiseTheRecordsOfTwoBlocks")
                        .check("128 per compound, 8192 per section at 2 MiB", VmemmapChecks::initialised),
                Row.of("B50", "tail aliasing")
                        .rule("With sharing, writing one tail's record writes many")
                        .eras("from v6.1, proposal; geometry over 1")
                        .skip(NOTHING_SHARED, VmemmapChecks::sharesNothing)
                        .holds("switch `vmemmap.tail-writable`")
                        .where("StructPages#slot", "StructPages#write")
                        .tests(
                                "StructPagesTest#shouldStoreTailsOfAllPagesInTheSecond",
                                "StructPagesTest#shouldShareWhatTheMemmapShares")
                        .check("record k is stored where 64 + k mod 64 is", VmemmapChecks::aliases),
                Row.of("B51", "altmap")
                        .rule("An altmap rules out sharing, and must be given back whole")
                        .holds(
                                "a device's pages begin behind its altmap (B8); one that is too small for it is not mapped")
                        .where(
                                "AltmapFrames#take",
                                "AltmapFrames#giveBack",
                                "AltmapFrames#warning",
                                "Sharing#of",
                                "Memmaps#populate")
                        .tests(
                                "VmemmapTest#shouldStoreMetadataInTheDevice",
                                "VmemmapTest#shouldWarnOfAltmapPagesThatDidNotComeBack",
                                "VmemmapTest#shouldRefuseAnAltmapThatIsTooSmall",
                                "VmemmapTest#shouldSkipPagesForTheSakeOfAlignment",
                                "VmemmapFiguresTest#shouldStoreMetadataInTheDevice",
                                "MemmapsTest#shouldMapADeviceOnlyIfItsRecordsHaveRoom")
                        .check("nothing is shared, and all records are initialised", VmemmapChecks::altmapIsNotShared)
                        .check("what does not come back is complained about", VmemmapChecks::altmapComesBack)
                        .check("a pool maps a device only if its altmap has room", VmemmapChecks::poolLooksForRoom));
    }

    // ---- devices

    private static PgmapSpec device(Protocol protocol, long bytes, long headBytes) {
        BasePage base = BasePage.KIB_4;
        return new PgmapSpec(
                "pmem0",
                MemoryType.GENERIC,
                List.of(new PfnRange(0, bytes / base.bytes())),
                Geometry.ofPages(headBytes / base.bytes()),
                base,
                protocol);
    }

    private static PgmapSpec withAltmap(Protocol protocol, long bytes, Altmap altmap) {
        PgmapSpec spec = device(protocol, bytes, 2 * MIB);
        return new PgmapSpec(
                spec.id(),
                spec.type(),
                spec.ranges(),
                spec.geometry(),
                spec.basePage(),
                protocol,
                spec.ops(),
                altmap,
                spec.owner());
    }

    private static Protocol sharing(Scene scene, VmemmapDedup dedup) {
        String value = dedup.name().toLowerCase(Locale.ROOT).replace('_', '-');
        return scene.protocol().with("vmemmap.dedup", value);
    }

    /** Populates a device and expects that it costs what the closed form says. */
    private static Vmemmap populated(Scene scene, PgmapSpec spec) {
        if (!(Vmemmap.populateAll(spec) instanceof Vmemmap.Populated.Done done)) {
            throw new CheckFailure("populating " + spec.ranges(), "all of it", "out of frames");
        }
        Vmemmap memmap = done.memmap();
        scene.expect("what does not agree in the memmap", List.of(), memmap.check());
        scene.expect("cost", VmemmapFigures.of(spec), VmemmapFigures.measured(spec, memmap));
        return memmap;
    }

    private static Sharing sharing(Scene scene, long pages) {
        return Sharing.of(
                new MemmapLayout(BasePage.KIB_4),
                Geometry.ofPages(pages),
                scene.protocol().dedup(),
                null);
    }

    // ---- what is allocated

    private static void basePages(Scene scene) {
        Vmemmap memmap = populated(scene, device(scene.protocol(), GIB, 4096));

        scene.expect("pages of records for 1 GiB", 4096, memmap.blockPages());
        scene.expect(
                "blocks behind PMD entries", 8, memmap.frames(FrameKind.HUGE).live());
        scene.expect("table pages", 0, memmap.tablePages());
    }

    private static void tebibyteUnshared(Scene scene) {
        PgmapSpec spec = device(sharing(scene, VmemmapDedup.NONE), TIB, 2 * MIB);
        populated(scene, spec);

        VmemmapFigures figures = VmemmapFigures.of(spec);
        scene.expect("bytes", 16 * GIB, figures.totalBytes());
        scene.expect("percent", 1.5625, figures.percent());
    }

    private static void tailsOfTwoMib(Scene scene) {
        Vmemmap memmap = populated(scene, device(scene.protocol(), 128 * MIB, 2 * MIB));

        scene.expect("pages of records for 64 compounds", 2 * 64, memmap.blockPages());
        scene.expect(
                "head blocks",
                List.of(new FrameRun(0, 64, 1)),
                memmap.frames(FrameKind.HEAD).runs());
        scene.expect(
                "tail blocks",
                List.of(new FrameRun(0, 64, 7)),
                memmap.frames(FrameKind.TAIL).runs());
        VmemmapFigures tebibyte = VmemmapFigures.of(device(scene.protocol(), TIB, 2 * MIB));
        scene.expect("pages of records of 1 TiB", 1048576, tebibyte.vmemmapPages());
        scene.expect("percent of 1 TiB", 0.390625, tebibyte.percent());
    }

    private static void tooFewPages(Scene scene) {
        scene.expect(
                "512 KiB: two pages of records",
                Fallback.TOO_FEW_PAGES,
                sharing(scene, 128).why());
        scene.expect("512 KiB: shares", false, sharing(scene, 128).shares());
        scene.expect("1 MiB: shares", true, sharing(scene, 256).shares());
        scene.expect("base pages", Fallback.BASE_PAGES, sharing(scene, 1).why());
    }

    private static void truthTable(Scene scene) {
        Reuse third = sharesTables(scene.protocol()) ? Reuse.TABLE : Reuse.PAGE;
        Sharing large = sharing(scene, 262144);
        scene.expect("first section of 1 GiB", Reuse.FRESH, large.reuse(0));
        scene.expect("second section of 1 GiB", Reuse.PAGE, large.reuse(SECTION));
        scene.expect("third section of 1 GiB", third, large.reuse(2 * SECTION));
        scene.expect("the next 1 GiB", Reuse.FRESH, large.reuse(262144));
        Sharing small = sharing(scene, 512);
        scene.expect("the next 2 MiB", Reuse.FRESH, small.reuse(512));
        scene.expect("the middle of 2 MiB", Reuse.FRESH, small.reuse(256));
    }

    private static void tailsOfOneGib(Scene scene) {
        Vmemmap memmap = populated(scene, device(scene.protocol(), 2 * GIB, GIB));

        scene.expect("pages of records for two compounds", 4, memmap.blockPages());
        scene.expect("where the last page of the first leads", memmap.blockOf(1), memmap.blockOf(4095));
        scene.expect("leads elsewhere than the second", false, memmap.blockOf(1).equals(memmap.blockOf(4097)));
    }

    private static void expectGibibyte(Scene scene, long tables, long bytes) {
        PgmapSpec spec = device(scene.protocol(), GIB, GIB);
        Vmemmap memmap = populated(scene, spec);

        scene.expect("pages of records", 2, memmap.blockPages());
        scene.expect("table pages", tables, memmap.tablePages());
        scene.expect("bytes", bytes, VmemmapFigures.of(spec).totalBytes());
    }

    private static void sharedTable(Scene scene) {
        PgmapSpec spec = device(scene.protocol(), GIB, GIB);
        Vmemmap memmap = populated(scene, spec);

        scene.expect(
                "tables of tails",
                List.of(new FrameRun(0, 1, 7)),
                memmap.frames(FrameKind.TAIL_TABLE).runs());
        scene.expect("third section's table", memmap.tableOf(512), memmap.tableOf(1024));
        scene.expect("a tail of the third section", memmap.blockOf(1), memmap.blockOf(1025));
        scene.expect(
                "left when it is gone",
                true,
                memmap.depopulate(spec.ranges().get(0)).isEmpty());
    }

    // ---- references

    private static void lastEntry(Scene scene) {
        PgmapSpec spec = device(scene.protocol(), 256 * MIB, 2 * MIB);
        Vmemmap memmap = populated(scene, spec);
        scene.expect(
                "references of a tail block", 7, memmap.frames(FrameKind.TAIL).refsOf(64));

        Vmemmap half = memmap.depopulate(new PfnRange(0, SECTION));
        scene.expect("of a section that went", 0, half.frames(FrameKind.TAIL).refsOf(0));
        scene.expect("of one that stayed", 7, half.frames(FrameKind.TAIL).refsOf(64));
        scene.expectThrown("going twice", IllegalStateException.class, () -> half.depopulate(new PfnRange(0, SECTION)));
        Vmemmap none = half.depopulate(new PfnRange(SECTION, SECTION));
        scene.expect("nothing left", true, none.isEmpty());
        scene.expect("tail blocks freed", 128, none.frames(FrameKind.TAIL).freed());
    }

    private static void refusedFrame(Scene scene) {
        PgmapSpec spec = device(scene.protocol(), 2 * GIB, GIB);
        for (long granted = 0; granted < 8; granted++) {
            Vmemmap.Populated outcome =
                    Vmemmap.empty(spec).populate(spec.ranges().get(0), granted);
            if (!(outcome instanceof Vmemmap.Populated.OutOfFrames out)) {
                throw new CheckFailure("populating with " + granted + " frames", "refused", "done");
            }
            scene.expect(
                    "left after frame " + granted + " was refused",
                    true,
                    out.memmap().isEmpty());
            scene.expect("what does not agree", List.of(), out.memmap().check());
        }
    }

    /** I10: whatever goes first, counts and entries agree, and nothing is left. */
    static void noneLeft(Scene scene) {
        for (long headBytes : new long[] {4096, 2 * MIB, GIB}) {
            PgmapSpec one = device(scene.protocol(), 2 * GIB, headBytes);
            PfnRange first = one.ranges().get(0);
            PfnRange second = new PfnRange(first.end() + first.pages(), first.pages());
            Vmemmap both = two(scene, one, first, second);
            scene.expect("counts of both ranges", List.of(), both.check());
            Vmemmap left = both.depopulate(first);
            scene.expect("counts of the second", List.of(), left.check());
            scene.expect("nothing left", true, left.depopulate(second).isEmpty());
        }
    }

    private static Vmemmap two(Scene scene, PgmapSpec spec, PfnRange first, PfnRange second) {
        Vmemmap.Populated one = Vmemmap.empty(spec).populate(first);
        if (one instanceof Vmemmap.Populated.Done done
                && done.memmap().populate(second) instanceof Vmemmap.Populated.Done more) {
            return more.memmap();
        }
        throw new CheckFailure("populating two ranges under " + scene.protocol().name(), "done", "out of frames");
    }

    // ---- records

    private static void initialised(Scene scene) {
        scene.expect("per compound of 2 MiB", 128, RecordInit.perHead(sharing(scene, 512)));
        scene.expect("per compound of 1 GiB", 128, RecordInit.perHead(sharing(scene, 262144)));
        scene.expect("per section of 2 MiB compounds", 8192, RecordInit.inSection(sharing(scene, 512), 0));
        scene.expect("in the first section of 1 GiB", 128, RecordInit.inSection(sharing(scene, 262144), 0));
        scene.expect("in the second", 0, RecordInit.inSection(sharing(scene, 262144), SECTION));
        scene.expect(
                "of 128 GiB",
                8388608,
                VmemmapFigures.of(device(scene.protocol(), 128 * GIB, 2 * MIB)).structPagesInitialised());
    }

    /** Two compounds of 2 MiB under the rules of the scene. */
    private static StructPages records(Scene scene, boolean tailsWritable) {
        Sharing sharing = sharing(scene, 512);
        StructPages records = StructPages.blank(sharing, tailsWritable);
        for (long head = 0; head < 1024; head += 512) {
            records = records.with(
                    new CompoundInit(head, 512, RecordInit.perHead(sharing), HeadRecord.IN_TWO_TAILS, "pmem0"));
        }
        return records;
    }

    private static void aliases(Scene scene) {
        StructPages records = records(scene, true);

        for (long k = 0; k < 512; k++) {
            scene.expect("where record " + k + " is stored", k < 64 ? k : 64 + k % 64, records.slot(k));
        }
        scene.expect(
                "stored with record 65", List.of(65L, 129L, 193L, 257L, 321L, 385L, 449L), records.sameStorage(65));
    }

    /** R31, where tails can be written. */
    static void tailWritesAlias(Scene scene) {
        StructPages.Write outcome = records(scene, true).write(65, r -> r.withMapping("f1"));

        if (!(outcome instanceof StructPages.Write.Written written)) {
            throw new CheckFailure("writing a tail", "written", String.valueOf(outcome));
        }
        scene.expect("mapping of tail 129", "f1", written.records().at(129).mapping());
        scene.expect("mapping of the head", null, written.records().at(0).mapping());
    }

    /** R31, where they cannot. */
    static void tailsAreReadOnly(Scene scene) {
        StructPages records = records(scene, false);

        scene.expect(
                "writing a tail", new StructPages.Write.ReadOnly(65, 6), records.write(65, r -> r.withMapping("f1")));
        scene.expect(
                "writing the head",
                true,
                records.write(0, r -> r.withMapping("f1")) instanceof StructPages.Write.Written);
    }

    /** R24: how many records of small compounds are written. */
    static void smallCompoundsKeepToThemselves(Scene scene) {
        for (BasePage base : BasePage.values()) {
            MemmapLayout layout = new MemmapLayout(base);
            for (long pages = 4; pages <= 4096; pages *= 2) {
                Sharing sharing = Sharing.of(
                        layout, Geometry.ofPages(pages), scene.protocol().dedup(), null);
                scene.expect(
                        "records of " + pages + " pages of " + base.label() + " that are its own",
                        true,
                        RecordInit.perHead(sharing) <= pages);
            }
        }
    }

    /** R24 as first posted and merged: the number of records does not look at the compound. */
    static void uncheckedCountOverruns(Scene scene) {
        MemmapLayout layout = new MemmapLayout(BasePage.KIB_64);
        Sharing sharing =
                Sharing.of(layout, Geometry.ofPages(32), scene.protocol().dedup(), null);
        StructPages neighbour = StructPages.blank(sharing, true).with(small(32, RecordInit.perHead(sharing)));
        scene.expect("head of page 40", 32, neighbour.headOf(40));

        StructPages overrun = neighbour.with(small(0, RecordInit.unchecked(layout)));
        scene.expect("records too many", 2016, RecordInit.overrun(sharing));
        scene.expect("head of page 40, written over", 0, overrun.headOf(40));
        scene.expect("page 32 is a head", false, overrun.at(32).head());
    }

    private static CompoundInit small(long head, long records) {
        return new CompoundInit(head, 32, records, HeadRecord.IN_TWO_TAILS, "pmem0");
    }

    // ---- altmap

    private static void altmapIsNotShared(Scene scene) {
        PgmapSpec spec = withAltmap(scene.protocol(), GIB, new Altmap(0, 4096));
        Vmemmap memmap = populated(scene, spec);
        VmemmapFigures figures = VmemmapFigures.of(spec);

        scene.expect("shares", false, memmap.sharing().shares());
        scene.expect(
                "why",
                shares(scene.protocol()) ? Fallback.ALTMAP : null,
                memmap.sharing().why());
        scene.expect("pages of records", 4096, figures.vmemmapPages());
        scene.expect("records initialised", 262144 - 4096, figures.structPagesInitialised());
        scene.expect("bytes of system memory", 0, figures.systemBytes());
    }

    private static void altmapComesBack(Scene scene) {
        PgmapSpec spec = withAltmap(scene.protocol(), GIB, new Altmap(0, 4096));
        Vmemmap memmap = populated(scene, spec);

        Vmemmap half = memmap.depopulate(new PfnRange(0, 4 * SECTION));
        scene.expect(
                "with half of it left", "failed to free all reserved pages: alloc=2048 of free=4096", warning(half));
        scene.expect("with none left", null, warning(half.depopulate(new PfnRange(4 * SECTION, 4 * SECTION))));
        PgmapSpec small = withAltmap(scene.protocol(), GIB, new Altmap(0, 2048));
        scene.expect(
                "an altmap of half the size holds it",
                false,
                Vmemmap.populateAll(small) instanceof Vmemmap.Populated.Done);
    }

    private static void poolLooksForRoom(Scene scene) {
        DeviceSpec device = DeviceSpec.of("pmem0", GIB).protocol(scene.protocol());
        PoolRefusedException refused = scene.expectRefused(
                "an altmap of half the size", null, scene.pool().map(device.altmap(new Altmap(0, 2048))));
        scene.expect("why", MapRefusal.NO_MEMORY, refused.mapRefusal());

        Device mapped = scene.map(device.altmap(new Altmap(0, 4096)));
        scene.expect("heads", 504, mapped.spec().heads());
        scene.get(mapped.closeIfIdle());
        scene.clean();
    }

    private static @Nullable String warning(Vmemmap memmap) {
        AltmapFrames stored = memmap.altmap();
        return stored == null ? null : stored.warning();
    }
}
