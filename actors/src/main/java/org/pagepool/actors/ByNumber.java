package org.pagepool.actors;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * What an actor keeps by numbers it counts up: in their order, found and taken away by number in one step, without a box for each. Confined
 * to its actor.
 *
 * @param <V> what is kept
 */
final class ByNumber<V> implements Iterable<V> {
    private static final class Node<V> {
        final long number;
        final V value;

        @Nullable
        Node<V> sameSlot;

        @Nullable
        Node<V> before;

        @Nullable
        Node<V> behind;

        Node(long number, V value) {
            this.number = number;
            this.value = value;
        }
    }

    private @Nullable Node<V>[] slots = slots(8);
    private @Nullable Node<V> first;
    private @Nullable Node<V> last;
    private int size;

    @SuppressWarnings("unchecked") // nothing is in it
    private static <V> @Nullable Node<V>[] slots(int count) {
        return (@Nullable Node<V>[]) new Node<?>[count];
    }

    /** Keeps {@code value} behind all others; {@code number} is higher than theirs. */
    void add(long number, V value) {
        Node<V> end = last;
        if (end != null && end.number >= number) {
            throw new IllegalArgumentException("not counted up: number=" + number + " last=" + end.number);
        }
        if (size == slots.length) {
            grow();
        }
        Node<V> node = new Node<>(number, value);
        node.before = end;
        if (end == null) {
            first = node;
        } else {
            end.behind = node;
        }
        last = node;
        size++;
        put(node);
    }

    private void grow() {
        slots = slots(2 * slots.length);
        for (Node<V> node = first; node != null; node = node.behind) {
            put(node);
        }
    }

    private void put(Node<V> node) {
        int slot = slot(node.number);
        node.sameSlot = slots[slot];
        slots[slot] = node;
    }

    private int slot(long number) {
        return (int) number & (slots.length - 1);
    }

    /** What is kept under {@code number}, or null. */
    @Nullable
    V get(long number) {
        Node<V> node = slots[slot(number)];
        while (node != null && node.number != number) {
            node = node.sameSlot;
        }
        return node == null ? null : node.value;
    }

    /** Takes away what is kept under {@code number}, and returns it; null if there is nothing. */
    @Nullable
    V remove(long number) {
        int slot = slot(number);
        Node<V> above = null;
        Node<V> node = slots[slot];
        while (node != null && node.number != number) {
            above = node;
            node = node.sameSlot;
        }
        if (node == null) {
            return null;
        }
        if (above == null) {
            slots[slot] = node.sameSlot;
        } else {
            above.sameSlot = node.sameSlot;
        }
        unlink(node);
        size--;
        return node.value;
    }

    private void unlink(Node<V> node) {
        Node<V> before = node.before;
        Node<V> behind = node.behind;
        if (before == null) {
            first = behind;
        } else {
            before.behind = behind;
        }
        if (behind == null) {
            last = before;
        } else {
            behind.before = before;
        }
        node.before = null; // an old node must not keep young ones
        node.behind = null;
    }

    /** The lowest number, or {@code none} if nothing is kept. */
    long firstNumber(long none) {
        Node<V> node = first;
        return node == null ? none : node.number;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** In the order of their numbers; nothing may be added or taken away meanwhile. */
    @Override
    public Iterator<V> iterator() {
        return new Iterator<>() {
            private @Nullable Node<V> next = first;

            @Override
            public boolean hasNext() {
                return next != null;
            }

            @Override
            public V next() {
                Node<V> node = next;
                if (node == null) {
                    throw new NoSuchElementException();
                }
                next = node.behind;
                return node.value;
            }
        };
    }
}
