package org.pagepool.actors;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.event.Sigbus;

/**
 * What came of a poisoned page (B39).
 *
 * @param pfn the base page that was reported
 * @param head its head, or the page itself where no device has it
 * @param outcome what came of it
 * @param file the file that has it, or null
 * @param told the processes that mapped it, with the address and the size that are gone for them
 * @param holders who holds references on its head, by name, and keeps them; nobody is told for that, though a process whose entries
 *     hold references may be in {@code told}
 */
public record FailureReport(
        long pfn,
        long head,
        FailureOutcome outcome,
        @Nullable String file,
        List<Sigbus> told,
        List<String> holders) {
    /** Copies the lists. */
    public FailureReport {
        told = List.copyOf(told);
        holders = List.copyOf(holders);
    }

    /** Nothing was done about {@code pfn}. */
    static FailureReport of(long pfn, long head, FailureOutcome outcome) {
        return new FailureReport(pfn, head, outcome, null, List.of(), List.of());
    }
}
