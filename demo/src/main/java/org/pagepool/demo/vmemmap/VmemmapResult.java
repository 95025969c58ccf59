package org.pagepool.demo.vmemmap;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.protocol.VmemmapDedup;
import org.pagepool.runtime.vmemmap.VmemmapFigures;

/**
 * What it costs.
 *
 * @param cases every geometry with every form of sharing
 * @param idle the same device in this process, by geometry; fewer if the user did not want to wait, none if not asked for
 * @param elapsedNanos the whole command
 * @param interrupted whether the user cut it short
 */
record VmemmapResult(VmemmapPlan plan, List<Case> cases, List<Idle> idle, long elapsedNanos, boolean interrupted) {
    /**
     * What a kernel spends.
     *
     * @param asked what of the metadata is to be shared
     * @param figures what that comes to
     */
    record Case(Geometry geometry, VmemmapDedup asked, VmemmapFigures figures) {}

    /**
     * What this process spends for the device while nobody uses it: on average over several.
     *
     * @param heapBytes what mapping it added to the heap in use
     * @param mapNanos how long that took, in the median
     * @param heads heads that are actors, of all of them
     * @param refused why it could not be mapped, or null
     */
    record Idle(
            Geometry geometry,
            long heapBytes,
            long mapNanos,
            long heads,
            @Nullable String refused) {}

    /** Copies the lists. */
    VmemmapResult {
        cases = List.copyOf(cases);
        idle = List.copyOf(idle);
    }

    /** The case of that geometry and sharing. */
    Case find(Geometry geometry, VmemmapDedup dedup) {
        return cases.stream()
                .filter(c -> c.geometry().equals(geometry) && c.asked() == dedup)
                .findFirst()
                .orElseThrow();
    }

    /** What that geometry costs this process, if it was measured. */
    Optional<Idle> idle(Geometry geometry) {
        return idle.stream().filter(i -> i.geometry().equals(geometry)).findFirst();
    }

    /** What the process should say of it. */
    ExitStatus status() {
        return interrupted ? ExitStatus.INTERRUPTED : ExitStatus.OK;
    }
}
