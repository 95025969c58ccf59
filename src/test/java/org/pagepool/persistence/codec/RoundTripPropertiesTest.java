package org.pagepool.persistence.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.journal.Receipt;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.section.Answer;

/** What is written is read again, whatever it is; and what is frequent is small. */
class RoundTripPropertiesTest {
    /** A seed in the report is enough to draw the same batch again. */
    @Property
    void shouldReadEveryBatchAgain(@ForAll long seed) {
        Batch batch = new RandomRecords(new Random(seed)).batch();
        byte[] bytes = Records.write(batch);
        assertEquals(batch, Records.read("batch:1", bytes));
        assertArrayEquals(bytes, Records.write(batch));
    }

    @Example
    void shouldTakeFewBytesForAWalk() {
        Event grabbed = new Event.Grabbed(
                "pmem0", 272, 21, "rdma-17", 4711, GrabKind.PIN, List.of(new Run(0x880000, 64, 512)), 32832, 32768);
        Batch batch = new Batch(
                List.of(new Batch.Entry(1_763_740_800_123_456_789L, grabbed)),
                List.of(new Receipt("rdma-17", 4711, 4711, new Answer(32768, null))));
        int bytes = Records.write(batch).length;
        System.out.println("a walk's batch for one section: " + bytes + " bytes");
        assertTrue(bytes < 80, () -> bytes + " bytes");
    }
}
