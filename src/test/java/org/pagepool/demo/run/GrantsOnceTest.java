package org.pagepool.demo.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.persistence.log.LogRow;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.journal.Receipt;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.section.Answer;

/** Requests that were granted twice are found, with no more memory than a section has. */
class GrantsOnceTest {
    private static final String OWNER = "section-pmem0~1-272";

    private final GrantsOnce grants = new GrantsOnce();
    private long rows;

    private static Event grabbed(String holder, long sequence) {
        return new Event.Grabbed(
                "pmem0", 272, 1, holder, sequence, GrabKind.PIN, List.of(new Run(0x880000, 1, 1)), 2, 1);
    }

    private static Receipt answered(String holder, long sequence, long floor) {
        return new Receipt(holder, sequence, floor, new Answer(1, null));
    }

    private void row(String owner, List<Event> events, Receipt... receipts) {
        List<Batch.Entry> entries = new ArrayList<>();
        events.forEach(event -> entries.add(new Batch.Entry(rows, event)));
        rows++;
        grants.row(LogRow.of(rows, owner, rows, rows, new Batch(entries, List.of(receipts))));
        events.forEach(grants::accept);
    }

    @Test
    @DisplayName("I7: the same request of the same holder in the same section counts as granted twice")
    void shouldFindWhatWasGrantedTwice() {
        row(OWNER, List.of(grabbed("w1", 1)), answered("w1", 1, 1));
        row(OWNER, List.of(grabbed("w2", 1)), answered("w2", 1, 1));
        row("section-pmem0~1-273", List.of(grabbed("w1", 1)), answered("w1", 1, 1));
        assertEquals(3, grants.grants());
        assertEquals(0, grants.twice());
        row(OWNER, List.of(grabbed("w1", 1)), answered("w1", 1, 1));
        assertEquals(3, grants.grants());
        assertEquals(1, grants.twice());
    }

    @Test
    @DisplayName("I7: a grant below what its holder has seen the answers of is one more of an old request")
    void shouldFindWhatComesLate() {
        row(OWNER, List.of(grabbed("w1", 5)), answered("w1", 5, 1));
        row(OWNER, List.of(grabbed("w1", 9)), answered("w1", 9, 8));
        row(OWNER, List.of(grabbed("w1", 5)), answered("w1", 5, 1));
        assertEquals(2, grants.grants());
        assertEquals(1, grants.twice());
    }

    @Test
    @DisplayName("memory does not grow with the requests of a long run, nor with holders and devices that are gone")
    void shouldForgetWhatCannotComeAgain() {
        for (long sequence = 1; sequence <= 100_000; sequence++) {
            row(OWNER, List.of(grabbed("w1", sequence)), answered("w1", sequence, Math.max(1, sequence - 3)));
            assertTrue(grants.remembered() <= 5, () -> grants.remembered() + " remembered");
        }
        assertEquals(100_000, grants.grants());
        row(OWNER, List.of(), Receipt.gone("w1"));
        row(OWNER, List.of(grabbed("w2", 1)), answered("w2", 1, 1));
        assertEquals(1, grants.remembered());
        row("pgmap-pmem0~1", List.of(new Event.CleanedUp("pmem0")));
        assertEquals(0, grants.remembered());
        assertEquals(0, grants.twice());
    }
}
