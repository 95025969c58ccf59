package org.pagepool.runtime.section;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A map by sequence says what a sorted map says, and every map that was ever made from another stays as it was. */
class SequenceMapTest {
    private record Version(SequenceMap<String> map, TreeMap<Long, String> model) {
        void check() {
            assertEquals(model, map);
            assertEquals(model.size(), map.size());
            assertEquals(List.copyOf(model.values()), List.copyOf(map.values()));
            assertEquals(List.copyOf(model.entrySet()), List.copyOf(map.entrySet()));
            List<Long> keys = new ArrayList<>();
            map.forEach((sequence, value) -> {
                keys.add(sequence);
                assertEquals(value, map.get(sequence));
                assertEquals(value, map.get(sequence.longValue()));
            });
            assertEquals(List.copyOf(model.keySet()), keys);
            if (!model.isEmpty()) {
                assertEquals(model.firstKey(), map.firstSequence());
                assertNull(map.get(model.firstKey() - 1));
                assertNull(map.get(model.lastKey() + 1));
                long floor = model.firstKey() + (model.lastKey() - model.firstKey()) / 2;
                assertEquals(model.tailMap(floor), map.from(floor));
                assertEquals(model.tailMap(model.lastKey()), map.from(model.lastKey()));
                assertEquals(new TreeMap<>(), map.from(model.lastKey() + 1));
                assertEquals(model, map.from(model.firstKey()));
                for (long at : new long[] {model.firstKey() - 1, floor, model.lastKey(), model.lastKey() + 1}) {
                    for (long key : new long[] {floor, model.lastKey() + 1, model.lastKey() + 2}) {
                        TreeMap<Long, String> more = new TreeMap<>(model.tailMap(at));
                        more.put(key, "more");
                        assertEquals(more, map.plusFrom(at, key, "more"));
                    }
                }
            }
        }
    }

    /** Mostly added behind and taken in front, as holders do; any version may be gone on from. */
    @Property(tries = 200)
    @Label("sequence map: the same as a sorted map, in every version")
    void shouldBeASortedMapThatNeverChanges(
            @ForAll Random random,
            @ForAll @IntRange(min = 1, max = 3 * SequenceMap.FEW) int most,
            @ForAll @IntRange(min = 0, max = 9) int oddInTen) {
        List<Version> versions = new ArrayList<>();
        versions.add(new Version(SequenceMap.empty(), new TreeMap<>()));
        long next = 1;
        for (int i = 0; i < 4 * most; i++) {
            boolean odd = random.nextInt(10) < oddInTen;
            Version from =
                    versions.get(odd && random.nextInt(8) == 0 ? random.nextInt(versions.size()) : versions.size() - 1);
            TreeMap<Long, String> model = new TreeMap<>(from.model);
            boolean takes = model.size() > most || (!model.isEmpty() && random.nextInt(5) < 2);
            long sequence = takes
                    ? odd ? random.nextLong(next + 1) : model.firstKey()
                    : odd ? random.nextLong(next + 1) : next++;
            SequenceMap<String> map;
            if (!model.isEmpty() && random.nextInt(8) == 0) {
                boolean all = random.nextInt(most) == 0; // seldom where many are to come together
                long floor = all ? model.lastKey() + 1 : model.firstKey() + random.nextInt(3);
                model.headMap(floor).clear();
                map = takes ? from.map.from(floor) : from.map.plusFrom(floor, sequence, "v" + i);
                if (!takes) {
                    model.put(sequence, "v" + i);
                }
            } else if (takes) {
                map = from.map.minus(sequence);
                model.remove(sequence);
            } else {
                map = from.map.plus(sequence, "v" + i);
                model.put(sequence, "v" + i);
            }
            versions.add(new Version(map, model));
            if (versions.size() > 64) {
                versions.remove(random.nextInt(63)).check();
            }
        }
        versions.forEach(Version::check);
    }

    @Test
    @DisplayName("two maps made from one on two threads do not see what the other added")
    void shouldGoSeparateWaysOnTwoThreads() throws InterruptedException {
        for (int round = 0; round < 200; round++) {
            SequenceMap<String> one =
                    SequenceMap.<String>empty().plus(0, "both").plus(1, "both");
            List<SequenceMap<String>> made = new ArrayList<>(List.of(one, one));
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                int mine = t;
                threads.add(new Thread(() -> {
                    SequenceMap<String> map = one;
                    for (long s = 2; s < 100; s++) {
                        map = map.plus(s, "of " + mine);
                    }
                    made.set(mine, map);
                }));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            for (int t = 0; t < 2; t++) {
                assertEquals(100, made.get(t).size());
                for (long s = 2; s < 100; s++) {
                    assertEquals("of " + t, made.get(t).get(s));
                }
            }
        }
    }

    @Test
    void shouldBeTheSameWithoutWhatIsNotThere() {
        SequenceMap<String> one = SequenceMap.<String>empty().plus(7, "seven");
        assertSame(one, one.minus(6));
        assertSame(one, one.minus(8));
        assertEquals(SequenceMap.empty(), one.minus(7));
    }

    @Test
    @DisplayName("without values there is no first one, and nothing to be without")
    void shouldHaveNothingWhenEmpty() {
        SequenceMap<String> none = SequenceMap.empty();
        new Version(none, new TreeMap<>()).check();
        assertNull(none.get(1));
        assertSame(none, none.minus(1));
        assertSame(none, none.from(1));
        assertEquals(SequenceMap.<String>empty().plus(3, "three"), none.plusFrom(5, 3, "three"));
        assertThrows(NoSuchElementException.class, none::firstSequence);
    }

    @Test
    @DisplayName("where values come and go in between, nothing grows but with what is there")
    void shouldComeBackFromManyToFew() {
        SequenceMap<String> map = SequenceMap.empty();
        for (long s = 0; s < 10L * SequenceMap.FEW; s++) {
            map = map.plus(s, "v" + s);
        }
        for (long s = 10L * SequenceMap.FEW - 1; s >= 3; s -= 2) {
            map = map.minus(s);
        }
        for (long s = 0; s < 10L * SequenceMap.FEW; s += 2) {
            map = map.minus(s);
        }
        assertEquals(SequenceMap.from(new TreeMap<>(java.util.Map.of(1L, "v1"))), map);
    }
}
