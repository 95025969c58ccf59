package org.pagepool.demo.conform;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.pagepool.runtime.devdax.DaxFault;
import org.pagepool.runtime.devdax.DaxRegion;
import org.pagepool.runtime.devdax.FaultTie;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.event.Sigbus;
import org.pagepool.runtime.failure.MemoryFailure;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Mapping;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.pgmap.PgmapTable;
import org.pagepool.runtime.protocol.FaultIndex;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.record.PageRecord;

/** Single steps that are functions of values: what may be mapped, what a fault ties, what poison comes to. */
final class StepChecks {
    private StepChecks() {}

    private static PgmapSpec device(Protocol protocol, long geometry) {
        return new PgmapSpec(
                "dax0",
                MemoryType.GENERIC,
                List.of(new PfnRange(0, 1 << 15)),
                Geometry.ofPages(geometry),
                BasePage.KIB_4,
                protocol);
    }

    /** B39, R18. */
    static void tailLeadsToHead(Scene scene) {
        PgmapSpec device = device(scene.protocol(), 512);
        PageRecord head = PageRecord.BLANK.tie("f1", 1024);
        scene.expect("a page of the device", null, MemoryFailure.refuses(device, 65));
        scene.expect("index of tail 65", 1089L, MemoryFailure.index(device, 65, head));
        scene.expect("a tail's own record", FailureOutcome.BUSY, MemoryFailure.untied(PageRecord.BLANK));
        scene.expect("its head's", null, MemoryFailure.untied(head));
    }

    /** B39, R21. */
    static void unmappedByLength(Scene scene) {
        List<Sigbus> told = List.of(new Sigbus("vm1", 65 << 12, 12), new Sigbus("vm2", 65 << 12, 21));
        MemoryFailure.FilePart part = MemoryFailure.unmap(1089, told, BasePage.KIB_4);
        scene.expect("what is unmapped", new MemoryFailure.FilePart(1024, 512), part);
        scene.expect("where nobody maps it", null, MemoryFailure.unmap(1089, List.of(), BasePage.KIB_4));
    }

    /** B39, by type. */
    static void driverMemory(Scene scene) {
        for (MemoryType type : List.of(MemoryType.PRIVATE, MemoryType.COHERENT)) {
            FailureOutcome expected =
                    Era.E1.test(scene.protocol()) ? FailureOutcome.BUSY : FailureOutcome.DRIVER_MEMORY;
            scene.expect(
                    type.label(), expected, MemoryFailure.driverOnly(Samples.device("d", type, 1, scene.protocol())));
        }
        scene.expect(
                "generic",
                null,
                MemoryFailure.driverOnly(Samples.device("d", MemoryType.GENERIC, 1, scene.protocol())));
    }

    /** B40. */
    static void tieBasePages(Scene scene) {
        Mapping fault = new Mapping(512, 0, 512, Level.PMD, true);
        List<FaultTie> ties = FaultTie.of(
                fault,
                512,
                0,
                0,
                Geometry.BASE,
                BasePage.KIB_4,
                scene.protocol().faultIndex());
        scene.expect("one tie", 1, ties.size());
        scene.expect(
                "of every page of the fault",
                List.of(new Run(0, 512, 1)),
                ties.get(0).runs());
        scene.expect("from its offset on", 512L, ties.get(0).index());
    }

    /** B41, R19. */
    static void tieCompound(Scene scene) {
        Mapping fault = new Mapping(0, 0, 512, Level.PMD, true);
        Geometry two = Geometry.ofPages(512);
        FaultIndex rounding = scene.protocol().faultIndex();
        List<FaultTie> aligned = FaultTie.of(fault, 0, 0, 0, two, BasePage.KIB_4, rounding);
        scene.expect("the head only", List.of(new Run(0, 1, 1)), aligned.get(0).runs());
        scene.expect("index of a fault at its first page", 0L, aligned.get(0).index());
        List<FaultTie> middle = FaultTie.of(fault, 65, 0, 0, two, BasePage.KIB_4, rounding);
        scene.expect(
                "index of a fault in its middle",
                rounding == FaultIndex.ALIGN_DOWN ? 0L : 512L,
                middle.get(0).index());
    }

    /** B42. */
    static void faultSizes(Scene scene) {
        scene.expect("the size it is aligned to", DaxFault.INSTALL, DaxFault.of(false, 512, 512, true));
        scene.expect("smaller", DaxFault.SIGBUS, DaxFault.of(false, 1, 512, true));
        scene.expect("larger", DaxFault.FALLBACK, DaxFault.of(false, 262144, 512, true));
        scene.expect("dead", DaxFault.SIGBUS, DaxFault.of(true, 512, 512, true));
        scene.expect("private", true, DaxFault.refusesMapping(false, 0, 512, 0, 512) != null);
        scene.expect("unaligned", true, DaxFault.refusesMapping(true, 7, 512, 0, 512) != null);
        scene.expect("shared and aligned", null, DaxFault.refusesMapping(true, 512, 512, 0, 512));
        scene.expect("split at a fault's end", true, DaxFault.maySplit(512, 512));
        scene.expect("split inside a fault", false, DaxFault.maySplit(65, 512));
    }

    /** B43, R27. */
    static void regions(Scene scene) {
        List<PfnRange> two = List.of(new PfnRange(0, 512), new PfnRange(1024, 512));
        Geometry align = Geometry.ofPages(512);
        DaxRegion fixed = DaxRegion.of("dax0.0", DaxRegion.Kind.STATIC, two, align, true);
        scene.expect("a static region of two ranges", true, fixed.probe().refusal() != null);
        DaxRegion late = DaxRegion.of("dax1.0", DaxRegion.Kind.DYNAMIC, two, align, true);
        DaxRegion ready = late.probe().region().mapped().region();
        scene.expect("its pgmap once it is mapped", "dax1.0", ready.pgmap());
        scene.expect("and once it is killed", null, ready.kill().region().pgmap());
        scene.expect(
                "probed again after a failure",
                null,
                late.probe().region().failed().region().probe().refusal());
        DaxRegion early = DaxRegion.of("dax2.0", DaxRegion.Kind.DYNAMIC, two, align, false);
        DaxRegion failed = early.probe().region().failed().region();
        scene.expect(
                "published first, it is pre-populated after a failure",
                true,
                failed.probe().refusal() != null);
    }

    /** B9. */
    static void mapChecks(Scene scene) {
        Protocol p = scene.protocol();
        PgmapSpec fine = device(p, 512);
        PgmapTable table = PgmapTable.EMPTY.with(fine);
        scene.expect(
                "the same pages again", true, table.conflict(Samples.device("b", MemoryType.GENERIC, 0, p)) != null);
        scene.expect("pages beside them", null, table.conflict(Samples.device("b", MemoryType.GENERIC, 1, p)));
        scene.expectThrown("no range", IllegalArgumentException.class, () -> withRanges(p, List.of()));
        scene.expectThrown(
                "half a head", IllegalArgumentException.class, () -> withRanges(p, List.of(new PfnRange(0, 700))));
        scene.expectThrown(
                "driver memory without a driver",
                IllegalArgumentException.class,
                () -> new PgmapSpec(
                        "gpu0",
                        MemoryType.PRIVATE,
                        List.of(new PfnRange(0, 512)),
                        Geometry.ofPages(512),
                        BasePage.KIB_4,
                        p,
                        Set.of(),
                        null,
                        null));
    }

    private static PgmapSpec withRanges(Protocol protocol, List<PfnRange> ranges) {
        return new PgmapSpec(
                "dax0", MemoryType.GENERIC, new ArrayList<>(ranges), Geometry.ofPages(512), BasePage.KIB_4, protocol);
    }
}
