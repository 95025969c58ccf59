package org.pagepool.runtime.section;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.AbstractCollection;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
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
 * and, now and then, a copy of what is there. Most holders have one grant in a section, and one answer that they may ask for again:
 * a value that has been alone from the beginning is that object and nothing else.
 *
 * <p>Of more, a map is a window on arrays that it shares with the maps it was made from. What comes behind the last is written into the
 * next place by whoever takes it first, so that maps made from one another can go separate ways, on any threads; a window never sees a
 * place it does not end behind. What comes or goes in between copies the window, and beyond {@value #FEW} values, where that would tell, a
 * tree takes its place.
 *
 * @param <V> what is kept
 */
public abstract sealed class SequenceMap<V> extends AbstractMap<Long, V> {
    /** Values up to which arrays are copied. */
    static final int FEW = 512;

    private static final int ROOM = 4;
    private static final int ROOMY = 32;
    private static final SequenceMap<?> NONE = new None<>();

    private SequenceMap() {}

    /** No values. */
    @SuppressWarnings("unchecked") // has none of any kind
    public static <V> SequenceMap<V> empty() {
        return (SequenceMap<V>) NONE;
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
    public abstract @Nullable V get(long sequence);

    /**
     * The lowest sequence.
     *
     * @throws NoSuchElementException if there is none
     */
    public abstract long firstSequence();

    /** The map with {@code value} under {@code sequence}, in the place of what was there. */
    public abstract SequenceMap<V> plus(long sequence, V value);

    /** The map without {@code sequence}; the same if there is nothing under it. */
    public abstract SequenceMap<V> minus(long sequence);

    /** The map without what is below {@code floor}; the same if there is nothing. */
    public abstract SequenceMap<V> from(long floor);

    /** {@link #from} and then {@link #plus}. */
    public SequenceMap<V> plusFrom(long floor, long sequence, V value) {
        return from(floor).plus(sequence, value);
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return get(key) != null;
    }

    @Override
    public @Nullable V get(@Nullable Object key) {
        return key instanceof Long sequence ? get(sequence.longValue()) : null;
    }

    private static final class None<V> extends SequenceMap<V> {
        @Override
        public @Nullable V get(long sequence) {
            return null;
        }

        @Override
        public long firstSequence() {
            throw new NoSuchElementException("no values");
        }

        @Override
        public SequenceMap<V> plus(long sequence, V value) {
            return new One<>(sequence, value);
        }

        @Override
        public SequenceMap<V> minus(long sequence) {
            return this;
        }

        @Override
        public SequenceMap<V> from(long floor) {
            return this;
        }

        @Override
        public int size() {
            return 0;
        }

        @Override
        public Set<Map.Entry<Long, V>> entrySet() {
            return Set.of();
        }
    }

    private static final class One<V> extends SequenceMap<V> {
        private final long only;
        private final V value;

        One(long only, V value) {
            this.only = only;
            this.value = value;
        }

        @Override
        public @Nullable V get(long sequence) {
            return sequence == only ? value : null;
        }

        @Override
        public long firstSequence() {
            return only;
        }

        @Override
        public SequenceMap<V> plus(long sequence, V added) {
            if (sequence == only) {
                return new One<>(sequence, added);
            }
            long[] keys = new long[2 + ROOM];
            Object[] values = new Object[2 + ROOM];
            int mine = sequence < only ? 1 : 0;
            keys[mine] = only;
            values[mine] = value;
            keys[1 - mine] = sequence;
            values[1 - mine] = added;
            return new Window<>(new Shared(keys, values, 2), 0, 2);
        }

        @Override
        public SequenceMap<V> minus(long sequence) {
            return sequence == only ? empty() : this;
        }

        @Override
        public SequenceMap<V> from(long floor) {
            return only < floor ? empty() : this;
        }

        @Override
        public SequenceMap<V> plusFrom(long floor, long sequence, V added) {
            return only < floor ? new One<>(sequence, added) : plus(sequence, added);
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public void forEach(BiConsumer<? super Long, ? super V> action) {
            action.accept(only, value);
        }

        @Override
        public Collection<V> values() {
            return List.of(value);
        }

        @Override
        public Set<Map.Entry<Long, V>> entrySet() {
            return Set.of(Map.entry(only, value));
        }
    }

    /** Places for keys and values, and how many are taken. */
    private static final class Shared {
        private static final VarHandle TAKEN = taken();

        final long[] keys;
        final @Nullable Object[] values;

        @SuppressWarnings("UnusedVariable") // is, by its handle
        private volatile int taken;

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

    /** At least one value, from one place up to another. */
    private static final class Window<V> extends SequenceMap<V> {
        private final Shared shared;
        private final int from;
        private final int to;

        Window(Shared shared, int from, int to) {
            this.shared = shared;
            this.from = from;
            this.to = to;
        }

        @Override
        public @Nullable V get(long sequence) {
            int at = find(sequence);
            return at < to && shared.keys[at] == sequence ? value(at) : null;
        }

        @Override
        public long firstSequence() {
            return shared.keys[from];
        }

        @Override
        public SequenceMap<V> plus(long sequence, V value) {
            boolean last = shared.keys[to - 1] < sequence;
            if (last && shared.take(to)) {
                shared.keys[to] = sequence;
                shared.values[to] = value;
                return new Window<>(shared, from, to + 1);
            }
            int at = last ? to : find(sequence);
            boolean there = at < to && shared.keys[at] == sequence;
            return to - from == FEW && !there
                    ? new Tree<>(TreePMap.<Long, V>from(this).plus(sequence, value))
                    : spliced(at, there ? at + 1 : at, sequence, value);
        }

        @Override
        public SequenceMap<V> minus(long sequence) {
            int at = find(sequence);
            if (at == to || shared.keys[at] != sequence) {
                return this;
            }
            if (to - from == 1) {
                return empty();
            }
            boolean roomy = shared.keys.length > ROOMY && (to - from) * 8 < shared.keys.length;
            if (roomy) {
                return spliced(at, at + 1, sequence, null); // what has gone is not kept for long
            }
            if (at == from) {
                return new Window<>(shared, from + 1, to);
            }
            return at == to - 1 ? new Window<>(shared, from, at) : spliced(at, at + 1, sequence, null);
        }

        /** The last that goes goes by {@link #minus}, which looks at how much room is kept for what is gone. */
        @Override
        public SequenceMap<V> from(long floor) {
            if (shared.keys[to - 1] < floor) {
                return empty();
            }
            int at = place(floor);
            return at == from ? this : new Window<V>(shared, at - 1, to).minus(shared.keys[at - 1]);
        }

        /** In one step where the value comes behind all others, as it mostly does. */
        @Override
        public SequenceMap<V> plusFrom(long floor, long sequence, V value) {
            long highest = shared.keys[to - 1];
            if (highest < floor) {
                return new One<>(sequence, value);
            }
            if (highest >= sequence || !shared.take(to)) {
                return from(floor).plus(sequence, value);
            }
            shared.keys[to] = sequence;
            shared.values[to] = value;
            return new Window<>(shared, place(floor), to + 1);
        }

        /** The first place whose key is not below {@code floor}; there is one. */
        private int place(long floor) {
            int at = from;
            while (shared.keys[at] < floor) {
                at++;
            }
            return at;
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
            return new Window<>(new Shared(keys, values, size), 0, size);
        }

        /** Where {@code sequence} is, or would be. Mostly it is the first or the last. */
        private int find(long sequence) {
            if (sequence <= shared.keys[from]) {
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
            return to - from;
        }

        @Override
        public void forEach(BiConsumer<? super Long, ? super V> action) {
            for (int i = from; i < to; i++) {
                action.accept(shared.keys[i], value(i));
            }
        }

        @Override
        public Collection<V> values() {
            return new AbstractCollection<>() {
                @Override
                public Iterator<V> iterator() {
                    return each(Window.this::value);
                }

                @Override
                public int size() {
                    return to - from;
                }
            };
        }

        @Override
        public Set<Map.Entry<Long, V>> entrySet() {
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

    private static final class Tree<V> extends SequenceMap<V> {
        private final TreePMap<Long, V> many;

        Tree(TreePMap<Long, V> many) {
            this.many = many;
        }

        @Override
        public @Nullable V get(long sequence) {
            return many.get(sequence);
        }

        @Override
        public long firstSequence() {
            return many.firstKey();
        }

        @Override
        public SequenceMap<V> plus(long sequence, V value) {
            return new Tree<>(many.plus(sequence, value));
        }

        @Override
        public SequenceMap<V> minus(long sequence) {
            TreePMap<Long, V> left = many.minus(sequence);
            return left.size() > FEW / 2 ? new Tree<>(left) : from(left);
        }

        @Override
        public SequenceMap<V> from(long floor) {
            SequenceMap<V> left = this;
            while (!left.isEmpty() && left.firstSequence() < floor) {
                left = left.minus(left.firstSequence());
            }
            return left;
        }

        @Override
        public int size() {
            return many.size();
        }

        @Override
        public void forEach(BiConsumer<? super Long, ? super V> action) {
            many.forEach(action);
        }

        @Override
        public Collection<V> values() {
            return many.values();
        }

        @Override
        public Set<Map.Entry<Long, V>> entrySet() {
            return many.entrySet();
        }
    }
}
