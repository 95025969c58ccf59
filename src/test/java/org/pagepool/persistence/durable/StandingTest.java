package org.pagepool.persistence.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.journal.Batch;

/** What an actor is by its journal is all its batches in order, however many are kept unfolded, in every version. */
class StandingTest {
    private static Batch batch(int number) {
        return new Batch(List.of(new Batch.Entry(number, new Event.Warned("pmem0", "R10", "n" + number))), List.of());
    }

    private static List<Long> fold(List<Long> state, Batch batch) {
        List<Long> next = new ArrayList<>(state);
        next.add(batch.entries().get(0).atNanos());
        return List.copyOf(next);
    }

    @Test
    @DisplayName(
            "a standing is gone on from again after a write that failed, and knows nothing of what was not written")
    void shouldStayWhatItWasWhenItIsGoneOnFromTwice() {
        Standing<List<Long>> first = new Standing<>(StandingTest::fold, List.of());
        List<Standing<List<Long>>> all = new ArrayList<>(List.of(first));
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Standing<List<Long>> before = all.get(i);
            before.add(batch(-i)); // the write fails
            all.add(before.add(batch(i)));
            numbers.add((long) i);
        }
        for (int i = 0; i <= 100; i++) {
            assertEquals(numbers.subList(0, i), all.get(i).now());
        }
    }
}
