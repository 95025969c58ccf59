package org.pagepool.demo.run;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.pagepool.demo.cli.Heap;

/**
 * What devices cost: mapped and used by nobody, and at rest after the load.
 *
 * @param mapNanos how long each device took to map, by name
 * @param fillNanos opening the address spaces and putting their entries in
 * @param heapBefore bytes of heap in use before, after a collection
 * @param idleHeapBytes what mapping the devices added to that
 * @param restHeapBytes what was still there of it when everything had been given back and idle heads had had the time to go;
 *     -1 if no device lived that long
 * @param headsAtRest head actors at that moment, or -1
 */
record Footprint(
        Map<String, Long> mapNanos,
        long fillNanos,
        long heapBefore,
        long idleHeapBytes,
        long restHeapBytes,
        int headsAtRest) {
    /** Before anything was measured. */
    static final Footprint NONE = new Footprint(Map.of(), 0, 0, 0, -1, -1);

    /** Copies the map, in its order. */
    Footprint {
        mapNanos = Collections.unmodifiableMap(new LinkedHashMap<>(mapNanos));
    }

    /** The devices are mapped. */
    static Footprint mapped(Map<String, Long> mapNanos, long heapBefore) {
        return new Footprint(mapNanos, 0, heapBefore, Math.max(0, heapInUse() - heapBefore), -1, -1);
    }

    /** The address spaces are there too. */
    Footprint filled(long nanos) {
        return new Footprint(mapNanos, nanos, heapBefore, idleHeapBytes, restHeapBytes, headsAtRest);
    }

    /** Everybody has let go. */
    Footprint atRest(int heads) {
        return new Footprint(
                mapNanos, fillNanos, heapBefore, idleHeapBytes, Math.max(0, heapInUse() - heapBefore), heads);
    }

    /** True if it came to that. */
    boolean rested() {
        return restHeapBytes >= 0;
    }

    /** Bytes of heap in use, after collections: the second one takes what the first has only unreferenced. */
    static long heapInUse() {
        return Heap.inUse();
    }
}
