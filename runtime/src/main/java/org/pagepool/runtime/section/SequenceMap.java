package org.pagepool.runtime.section;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.AbstractCollection;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * Values by sequence, in ascending order. Immutable: {@link #plus} and {@link #minus} return the next map. Holders count their
 * requests up, so that almost always the new one comes behind all others and the oldest goes first; either takes one small object
 * and, now and then, a copy of what is there.
 *
 * <p>A map is a window on arrays that it shares with the maps it was made from. What comes behind the last is written into the next
 * place by whoever takes it first, so that maps made from one another can go separate ways, on any threads; a window never sees a place
 * it does not end behind. What comes or goes in between copies the window, and beyond {@value #FEW} values, where that would tell, a tree
 * takes its place.
 *
 * @param <V> what is kept
 */
public final class SequenceMap<V> extends AbstractMap<Long, V> {
    /** Values up to which arrays are copied. */
    static final int FEW = 512;

    private static final int ROOM = 4;
    private static final int ROOMY = 32;
    private static final SequenceMap<?> EMPTY = new SequenceMap<>(new Shared(0), 0, 0, null);

    /** Places for keys and values, and how many are taken. */
    private static final class Shared {
        private static final VarHandle TAKEN = taken();

        final long[] keys;
        final @Nullable Object[] values;

        @SuppressWarnings("UnusedVariable") // is, by its handle
        private volatile int taken;

        Shared(int room) {
            this(new long[room], new Object[room], 0);
        }

        Shared(long[] keys, @Nullable Object[] values, int taken) {
            this.keys = keys;
            this.values = values;
            this.taken = taken;
        }

        boolean take(int place) {
            return place < keys.length && TAKEN.compareAndSet(this, place, place + 1);
        }

        private static VarHandle taken() {
            try {
                return MethodHandles.lookup().findVarHandle(Shared.class, "taken", int.class);
            } catch (ReflectiveOperationException none) {
                throw new IllegalStateException(none);
            }
        }
    }

    private final Shared shared;
    private final int from;
    private final int to;
    private final @Nullable TreePMap<Long, V> many;

    private SequenceMap(Shared shared, int from, int to, @Nullable TreePMap<Long, V> many) {
        this.shared = shared;
        this.from = from;
        this.to = to;
        this.many = many;
    }

    /** No values. */
    @SuppressWarnings("unchecked") // has none of any kind
    public static <V> SequenceMap<V> empty() {
        return (SequenceMap<V>) EMPTY;
    }

    /** The same values. */
    public static <V> SequenceMap<V> from(Map<Long, V> values) {
        SequenceMap<V> map = empty();
        for (Map.Entry<Long, V> entry : values.entrySet()) {
            map = map.plus(entry.getKey(), entry.getValue());
        }
        return map;
    }

    /** What is kept under {@code sequence}, or null. */
    public @Nullable V get(long sequence) {
        if (many != null) {
            return many.get(sequence);
        }
        int at = find(sequence);
        return at < to && shared.keys[at] == sequence ? value(at) : null;
    }

    /** The lowest sequence; there is one. */
    public long firstSequence() {
        if (isEmpty()) {
            throw new NoSuchElementException("no values");
        }
        return many != null ? many.firstKey() : shared.keys[from];
    }

    /** The map with {@code value} under {@code sequence}, in the place of what was there. */
    public SequenceMap<V> plus(long sequence, V value) {
        if (many != null) {
            return new SequenceMap<>(shared, 0, 0, many.plus(sequence, value));
        }
        boolean last = from == to || shared.keys[to - 1] < sequence;
        if (last && shared.take(to)) {
            shared.keys[to] = sequence;
            shared.values[to] = value;
            return new SequenceMap<>(shared, from, to + 1, null);
        }
        int at = last ? to : find(sequence);
        boolean there = at < to && shared.keys[at] == sequence;
        if (to - from == FEW && !there) {
            return new SequenceMap<>(new Shared(0), 0, 0, TreePMap.from(this).plus(sequence, value));
        }
        return spliced(at, there ? at + 1 : at, sequence, value);
    }

    /** The map without {@code sequence}; the same if there is nothing under it. */
    public SequenceMap<V> minus(long sequence) {
        if (many != null) {
            TreePMap<Long, V> left = many.minus(sequence);
            return left.size() > FEW / 2 ? new SequenceMap<>(shared, 0, 0, left) : from(left);
        }
        int at = find(sequence);
        if (at == to || shared.keys[at] != sequence) {
            return this;
        }
        boolean roomy = shared.keys.length > ROOMY && (to - from) * 8 < shared.keys.length;
        if (roomy) {
            return spliced(at, at + 1, sequence, null); // what has gone is not kept for long
        }
        if (at == from) {
            return new SequenceMap<>(shared, from + 1, to, null);
        }
        return at == to - 1 ? new SequenceMap<>(shared, from, at, null) : spliced(at, at + 1, sequence, null);
    }

    /** The map without what is below {@code floor}; the same if there is nothing. */
    public SequenceMap<V> from(long floor) {
        SequenceMap<V> left = this;
        if (many == null) {
            int at = from;
            while (at < to - 1 && shared.keys[at] < floor) {
                at++;
            }
            left = at == from ? this : new SequenceMap<>(shared, at, to, null);
        }
        while (!left.isEmpty() && left.firstSequence() < floor) {
            left = left.minus(left.firstSequence());
        }
        return left;
    }

    /** {@link #from} and then {@link #plus}, in one step where the value comes behind all others, as it mostly does. */
    public SequenceMap<V> plusFrom(long floor, long sequence, V value) {
        boolean last = many == null && floor <= sequence && from < to && shared.keys[to - 1] < sequence;
        if (!last || !shared.take(to)) {
            return from(floor).plus(sequence, value);
        }
        int at = from;
        while (at < to && shared.keys[at] < floor) {
            at++;
        }
        shared.keys[to] = sequence;
        shared.values[to] = value;
        return new SequenceMap<>(shared, at, to + 1, null);
    }

    /** A window of its own: up to {@code at}, then the value if there is one, then from {@code next} on. */
    private SequenceMap<V> spliced(int at, int next, long sequence, @Nullable V value) {
        int before = at - from;
        int behind = to - next;
        int between = value == null ? 0 : 1;
        int size = before + between + behind;
        int room = size + Math.max(ROOM, size / 2);
        long[] keys = new long[room];
        @Nullable Object[] values = new Object[room];
        System.arraycopy(shared.keys, from, keys, 0, before);
        System.arraycopy(shared.values, from, values, 0, before);
        if (value != null) {
            keys[before] = sequence;
            values[before] = value;
        }
        System.arraycopy(shared.keys, next, keys, before + between, behind);
        System.arraycopy(shared.values, next, values, before + between, behind);
        return new SequenceMap<>(new Shared(keys, values, size), 0, size, null);
    }

    /** Where {@code sequence} is, or would be. Mostly it is the first or the last. */
    private int find(long sequence) {
        if (from == to || sequence <= shared.keys[from]) {
            return from;
        }
        if (sequence >= shared.keys[to - 1]) {
            return sequence == shared.keys[to - 1] ? to - 1 : to;
        }
        int at = Arrays.binarySearch(shared.keys, from, to, sequence);
        return at < 0 ? -at - 1 : at;
    }

    @SuppressWarnings("unchecked") // nothing else is put there
    private V value(int at) {
        return (V) shared.values[at];
    }

    @Override
    public int size() {
        return many != null ? many.size() : to - from;
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return get(key) != null;
    }

    @Override
    public @Nullable V get(@Nullable Object key) {
        return key instanceof Long sequence ? get(sequence.longValue()) : null;
    }

    @Override
    public void forEach(BiConsumer<? super Long, ? super V> action) {
        if (many != null) {
            many.forEach(action);
            return;
        }
        for (int i = from; i < to; i++) {
            action.accept(shared.keys[i], value(i));
        }
    }

    @Override
    public Collection<V> values() {
        if (many != null) {
            return many.values();
        }
        return new AbstractCollection<>() {
            @Override
            public Iterator<V> iterator() {
                return each(SequenceMap.this::value);
            }

            @Override
            public int size() {
                return to - from;
            }
        };
    }

    @Override
    public Set<Map.Entry<Long, V>> entrySet() {
        if (many != null) {
            return many.entrySet();
        }
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<Long, V>> iterator() {
                return each(at -> Map.entry(shared.keys[at], value(at)));
            }

            @Override
            public int size() {
                return to - from;
            }
        };
    }

    private <T> Iterator<T> each(IntFunction<T> what) {
        return new Iterator<>() {
            private int at = from;

            @Override
            public boolean hasNext() {
                return at < to;
            }

            @Override
            public T next() {
                if (at == to) {
                    throw new NoSuchElementException();
                }
                return what.apply(at++);
            }
        };
    }
}
