package org.pagepool.runtime.audit;

import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Runs;

/**
 * A tally of a history, for reports; judges nothing. References are counted at page granularity, like the kernel's
 * {@code nr_foll_pin_acquired} (B23). For one thread at a time.
 */
public final class Counters {
    private final Map<GrabKind, Sum> granted = new EnumMap<>(GrabKind.class);
    private final Map<GrabKind, Sum> givenBack = new EnumMap<>(GrabKind.class);
    private final Map<ReleaseCause, Sum> byCause = new EnumMap<>(ReleaseCause.class);
    private final Map<Refusal, Sum> byRefusal = new EnumMap<>(Refusal.class);
    private final Map<Class<?>, Sum> byEvent = new HashMap<>();
    private final Map<String, Sum> byWarning = new TreeMap<>();
    private long events;
    private long grabs;
    private long frees;
    private long repeats;
    private long blocksAllocated;
    private long blocksFreed;

    private static final class Sum {
        long value;
    }

    /** Counts one event. */
    public void observe(Recorded recorded) {
        observe(recorded.event());
    }

    /** Counts one event. */
    public void observe(Event event) {
        events++;
        add(byEvent, event.getClass(), 1);
        if (event instanceof Event.Grabbed grabbed) {
            grabs++;
            add(granted, grabbed.kind(), Runs.totalRefs(grabbed.runs()));
        } else if (event instanceof Event.Released released) {
            long refs = Runs.totalRefs(released.runs());
            add(givenBack, released.kind(), refs);
            add(byCause, released.cause(), refs);
        } else if (event instanceof Event.Freed freed) {
            frees += Runs.heads(freed.runs());
        } else if (event instanceof Event.GrabRefused refused) {
            add(byRefusal, refused.refusal(), 1);
        } else if (event instanceof Event.Repeated) {
            repeats++;
        } else if (event instanceof Event.BlockAllocated given) {
            blocksAllocated += Runs.heads(given.runs());
        } else if (event instanceof Event.BlockFreed back) {
            blocksFreed += Runs.heads(back.runs());
        } else if (event instanceof Event.Warned warned) {
            add(byWarning, warned.row(), 1);
        }
    }

    /** Events of every kind. */
    public long events() {
        return events;
    }

    /** Grabs that were granted, in full or in part: one for each walk and section. */
    public long grabs() {
        return grabs;
    }

    /** References granted by FOLL_PIN ({@code nr_foll_pin_acquired}). */
    public long pinsAcquired() {
        return granted(GrabKind.PIN);
    }

    /** References of FOLL_PIN given back, for whatever cause ({@code nr_foll_pin_released}). */
    public long pinsReleased() {
        return givenBack(GrabKind.PIN);
    }

    /** References granted for that purpose. */
    public long granted(GrabKind kind) {
        return get(granted, kind);
    }

    /** References of that purpose given back, for whatever cause. */
    public long givenBack(GrabKind kind) {
        return get(givenBack, kind);
    }

    /** Free notices: heads that reached their idle count and said so. */
    public long frees() {
        return frees;
    }

    /** Requests that came again and got the answer they had got before. */
    public long repeats() {
        return repeats;
    }

    /** Blocks that became a file's. */
    public long blocksAllocated() {
        return blocksAllocated;
    }

    /** Blocks that were given back. */
    public long blocksFreed() {
        return blocksFreed;
    }

    /** What a kernel would warn about, by the row that says so. */
    public Map<String, Long> warnings() {
        Map<String, Long> out = new TreeMap<>();
        byWarning.forEach((row, sum) -> out.put(row, sum.value));
        return Collections.unmodifiableMap(out);
    }

    /** Requests refused, in full or in part, by reason; reasons that did not occur are left out. */
    public Map<Refusal, Long> refusals() {
        Map<Refusal, Long> out = new EnumMap<>(Refusal.class);
        byRefusal.forEach((refusal, sum) -> out.put(refusal, sum.value));
        return Collections.unmodifiableMap(out);
    }

    /** References given back, by cause; causes that did not occur are left out. */
    public Map<ReleaseCause, Long> releases() {
        Map<ReleaseCause, Long> out = new EnumMap<>(ReleaseCause.class);
        byCause.forEach((cause, sum) -> out.put(cause, sum.value));
        return Collections.unmodifiableMap(out);
    }

    /** Events by the name of their kind, such as {@code Grabbed}, in alphabetical order. */
    public Map<String, Long> eventsByKind() {
        Map<String, Long> out = new TreeMap<>();
        byEvent.forEach((kind, sum) -> out.put(kind.getSimpleName(), sum.value));
        return Collections.unmodifiableMap(out);
    }

    private static <K> void add(Map<K, Sum> sums, K key, long amount) {
        sums.computeIfAbsent(key, k -> new Sum()).value += amount;
    }

    private static <K> long get(Map<K, Sum> sums, K key) {
        Sum sum = sums.get(key);
        return sum == null ? 0 : sum.value;
    }
}
