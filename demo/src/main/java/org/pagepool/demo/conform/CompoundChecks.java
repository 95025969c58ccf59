package org.pagepool.demo.conform;

import java.util.List;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.vmemmap.CompoundInit;
import org.pagepool.runtime.vmemmap.HeadRecord;
import org.pagepool.runtime.vmemmap.MemmapLayout;
import org.pagepool.runtime.vmemmap.RecordInit;
import org.pagepool.runtime.vmemmap.Sharing;
import org.pagepool.runtime.vmemmap.StructPage;
import org.pagepool.runtime.vmemmap.StructPages;

/** Compound pages, their records, and what a fault writes there. Rows B14 to B16, B40 to B42. */
final class CompoundChecks {
    private CompoundChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B14", "prep_compound_page")
                        .rule(
                                "A compound page is made of a head and tails that point at it; the head's own record lies in its first tails and is written after they are")
                        .eras("all, geometry over 1")
                        .holds("outside the model: flags beside head and reserved, destructors")
                        .where("CompoundInit#steps", "StructPages#with", "HeadRecord#lastTail")
                        .tests(
                                "StructPagesTest#shouldSetUpHeadAndTails",
                                "StructPagesTest#shouldWriteTheHeadsRecordOnceItsTailsAreThere",
                                "StructPagesTest#shouldLoseTheOrderIfItIsWrittenBeforeTheFirstTail")
                        .check("head, tails, and the head's record once its tails are there", CompoundChecks::setUp)
                        .check("provoked: written before the first tail, it is cleared", CompoundChecks::setUpTooEarly),
                Row.of("B15", "geometry of two")
                        .rule("A compound of two pages never gets its head prepared")
                        .eras("proposal")
                        .holds("such a geometry is refused")
                        .where("Geometry#Geometry", "CompoundInit#steps")
                        .tests(
                                "GeometryTest#shouldRefuseGeometryOfTwoPages",
                                "StructPagesTest#shouldNeverPrepareTheHeadOfAPair")
                        .check("a geometry of two pages is refused", CompoundChecks::pairsAreRefused)
                        .check("provoked: the head of a pair has no order", CompoundChecks::pairHasNoOrder),
                Row.of("B16", "compound_head")
                        .rule(
                                "A tail leads to its head, any other page to itself; where the first block is shared, false heads must be told apart")
                        .holds("device-dax shares the second block and has none; HugeTLB shares the first")
                        .where("StructPages#headOf", "StructPages#headOfChecked", "Geometry#headOf")
                        .tests(
                                "StructPagesTest#shouldResolveEveryPageToItsHead",
                                "StructPagesTest#shouldTellFalseHeadsWhereTheFirstPageIsShared",
                                "GeometryTest#shouldResolveEveryPageToItsHead",
                                "GeometryTest#shouldTreatEveryBasePageAsAHead")
                        .check("every record of a device leads to its head", CompoundChecks::resolves)
                        .check("false heads are told where the first block is shared", CompoundChecks::falseHeads),
                Row.of("B40", "set_page_mapping")
                        .rule("A fault on base pages ties every page of the fault to its file and offset, once")
                        .eras("GENERIC")
                        .holds()
                        .where("FaultTie#of")
                        .check("every base page of the fault, from its offset on", StepChecks::tieBasePages)
                        .check(
                                "a fault on a pool ties each of its pages, and no other",
                                DevDaxChecks::faultTiesEveryBasePage),
                Row.of("B41", "set_compound_mapping")
                        .rule(
                                "A fault on a compound ties its head only, at the offset where the compound begins, rounded down, before the entry is visible")
                        .eras("GENERIC")
                        .holds("where it was rounded up (R19) the wrong offset is shown")
                        .where("FaultTie#of")
                        .check("the head only, at the offset its era rounds to", StepChecks::tieCompound)
                        .check(
                                "a fault on a pool in the middle of a compound ties its head",
                                DevDaxChecks::faultTiesTheHead),
                Row.of("B42", "device-dax fault")
                        .rule(
                                "A device-dax fault has the size the device is aligned to: smaller is an error, larger falls back, a dead device is an error, an unaligned area is refused")
                        .eras("GENERIC")
                        .holds()
                        .where("DaxFault#of", "DaxFault#refusesMapping", "AddressSpace#wrongWith")
                        .tests(
                                "ConformanceTest#shouldRefuseMappingsThatDoNotFitTheirEntries",
                                "ConformanceTest#shouldGiveNothingOfADyingDevice",
                                "PageTableTest#shouldRefuseMappingsThatAreNoMultipleOfTheirEntrySize")
                        .check("the size of the device, no other; shared and aligned", StepChecks::faultSizes)
                        .check(
                                "a device-dax device on a pool serves one size, while it lives",
                                DevDaxChecks::oneSizeOfFaults));
    }

    // ---- records

    private static StructPages blank(StructPages.SharedPage shared) {
        return StructPages.blank(new MemmapLayout(BasePage.KIB_4), Geometry.ofPages(512), shared, true);
    }

    private static void setUp(Scene scene) {
        for (HeadRecord keeps : HeadRecord.values()) {
            StructPages records =
                    blank(StructPages.SharedPage.NONE).with(new CompoundInit(512, 512, 512, keeps, "pmem0"));
            scene.expect("marked as a head", true, records.at(512).head());
            scene.expect("order", 9, records.order(512));
            for (long tail = 513; tail < 1024; tail++) {
                StructPage record = records.at(tail);
                scene.expect("head of " + tail, 512, records.headOf(tail));
                scene.expect("count of tail " + tail, 0, record.refcount());
                scene.expect("mapping of tail " + tail, StructPage.TAIL_MAPPING, record.mapping());
                scene.expect("device of tail " + tail, "pmem0", record.pgmap());
                scene.expect("tail " + tail + " is reserved", true, record.reserved());
            }
        }
    }

    private static void setUpTooEarly(Scene scene) {
        CompoundInit init = new CompoundInit(0, 512, 512, HeadRecord.IN_TWO_TAILS, "pmem0");
        StructPages records =
                blank(StructPages.SharedPage.NONE).with(new CompoundInit.Step.PrepareHead(0, 9, init.keeps()));
        for (CompoundInit.Step step : init.steps()) {
            records = step instanceof CompoundInit.Step.PrepareHead ? records : records.with(step);
        }
        scene.expect("order", 0, records.order(0));
    }

    private static void pairsAreRefused(Scene scene) {
        scene.expectThrown("two pages", IllegalArgumentException.class, () -> Geometry.ofPages(2));
        scene.expectRefused(
                "a device of pairs",
                null,
                scene.pool().map(scene.device(MemoryType.GENERIC).headBytes(8192)));
    }

    private static void pairHasNoOrder(Scene scene) {
        StructPages pair =
                blank(StructPages.SharedPage.NONE).with(new CompoundInit(0, 2, 2, HeadRecord.IN_TWO_TAILS, "pmem0"));
        scene.expect("marked as a head", true, pair.at(0).head());
        scene.expect("order", 0, pair.order(0));
    }

    private static void resolves(Scene scene) {
        Sharing sharing = Sharing.of(
                new MemmapLayout(BasePage.KIB_4),
                Geometry.ofPages(512),
                scene.protocol().dedup(),
                null);
        StructPages records = StructPages.blank(sharing, true);
        for (long head = 0; head < 1024; head += 512) {
            records = records.with(
                    new CompoundInit(head, 512, RecordInit.perHead(sharing), HeadRecord.IN_TWO_TAILS, "pmem0"));
        }
        for (long index = 0; index < 1024; index++) {
            scene.expect("head of " + index, index / 512 * 512, records.headOf(index));
        }
    }

    private static void falseHeads(Scene scene) {
        StructPages records = blank(StructPages.SharedPage.FIRST)
                .with(new CompoundInit(0, 512, 64, HeadRecord.IN_TWO_TAILS, "pmem0"));
        scene.expect("head of 64 by its record alone", 64, records.headOf(64));
        for (long index = 0; index < 512; index++) {
            scene.expect("head of " + index, 0, records.headOfChecked(index));
        }
    }
}
