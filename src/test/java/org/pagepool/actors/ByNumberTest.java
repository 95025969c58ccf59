package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What is kept by number is found, counted and gone through as in a sorted map. */
class ByNumberTest {
    @Property(tries = 300)
    @Label("by number: the same as a sorted map, whatever is taken away in whatever order")
    void shouldBeASortedMap(@ForAll Random random, @ForAll @IntRange(min = 1, max = 9) int takesInTen) {
        ByNumber<String> kept = new ByNumber<>();
        TreeMap<Long, String> model = new TreeMap<>();
        long number = 0;
        for (int i = 0; i < 500; i++) {
            if (random.nextInt(10) < takesInTen) {
                long taken = random.nextInt(3) == 0 || model.isEmpty() ? random.nextLong(number + 2) : model.firstKey();
                assertEquals(model.remove(taken), kept.remove(taken));
            } else {
                number += 1 + random.nextInt(random.nextBoolean() ? 1 : 40);
                model.put(number, "v" + number);
                kept.add(number, "v" + number);
            }
            long asked = random.nextLong(number + 2);
            assertEquals(model.get(asked), kept.get(asked));
            assertEquals(model.size(), kept.size());
            assertEquals(model.isEmpty(), kept.isEmpty());
            assertEquals(model.isEmpty() ? -7 : model.firstKey(), kept.firstNumber(-7));
        }
        List<String> all = new ArrayList<>();
        kept.forEach(all::add);
        assertEquals(List.copyOf(model.values()), all);
    }

    @Test
    void shouldRefuseNumbersThatAreNotCountedUp() {
        ByNumber<String> kept = new ByNumber<>();
        kept.add(5, "five");
        assertThrows(IllegalArgumentException.class, () -> kept.add(5, "again"));
        assertThrows(IllegalArgumentException.class, () -> kept.add(4, "four"));
    }
}
