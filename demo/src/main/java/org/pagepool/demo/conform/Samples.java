package org.pagepool.demo.conform;

import java.util.List;
import org.pagepool.actors.PgmapOps;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** Small devices and drivers that checks of several areas use. */
final class Samples {
    private Samples() {}

    /** A device of one section in heads of 2 MiB, in section number {@code section}. */
    static PgmapSpec device(String id, MemoryType type, int section, Protocol protocol) {
        return new PgmapSpec(
                id,
                type,
                List.of(new PfnRange(BasePage.KIB_4.sectionFirstPfn(section), BasePage.KIB_4.sectionPages())),
                Geometry.ofPages(512),
                BasePage.KIB_4,
                protocol);
    }

    /** A driver that is told of free pages, and moves to RAM what a CPU touches. */
    static PgmapOps driver(PgmapOps.PageFree pageFree) {
        return PgmapOps.NONE.pageFree(pageFree).migrateToRam(pfn -> true);
    }
}
