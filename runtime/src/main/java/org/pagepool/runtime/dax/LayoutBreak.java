package org.pagepool.runtime.dax;

import java.util.ArrayList;
import java.util.List;
import org.pagepool.runtime.protocol.LayoutWait;
import org.pagepool.runtime.protocol.Protocol;

/**
 * How a range of a file is taken away from it (B32, B33, B34), as a state machine: truncation, hole punching and eviction
 * are this with other ranges and other ways to wait. Immutable; the actor that runs it does what {@link Step#actions} says
 * and reports back with an {@link Input}.
 *
 * <p>The order is the heart of it, and each step is there because of a race:
 *
 * <pre>
 *   LOCK    take the lock that faults share       or a fault brings a page back between the scan and its end
 *   UNMAP   remove the page-table entries         first, or a walk finds the page after it was seen idle (R6)
 *   SCAN    look for a page that is in use        locked entries are waited for; holes are never in use
 *   WAIT    until that page is idle               without the lock, for who holds the page may need it (R15)
 *           and begin again from LOCK             or what became busy meanwhile is missed (R16)
 *   DELETE  take the entries out of the file      under the lock: no reference can come back (B35)
 *   FREE    give the blocks back                  only now, or a device writes to somebody else's file (R14)
 * </pre>
 *
 * Whether it waits with the lock ({@link LayoutWait#HOLD_LOCKS}), not at all, or for ever is dispute D9; whether it unmaps
 * first and searches again are switches too, so that the races can be seen.
 *
 * @param phase where it is
 * @param mode what it does when a page is busy (D9)
 * @param unmapFirst whether it unmaps before it searches (B32, R6)
 * @param looks whether it looks for pages in use at all; eviction does so only in some eras (B34)
 * @param rescan whether it searches again after it has waited (B33, R16)
 * @param locked whether it has the lock
 * @param searched whether the search of this round is over
 * @param stopping whether somebody wants it to end instead of waiting
 * @param rounds how often it has searched
 * @param waits how often it has waited
 */
public record LayoutBreak(
        Phase phase,
        LayoutWait mode,
        boolean unmapFirst,
        boolean looks,
        boolean rescan,
        boolean locked,
        boolean searched,
        boolean stopping,
        int rounds,
        int waits) {

    /** Where it is. */
    public enum Phase {
        /** Waiting for the faults that are under way. */
        LOCK,
        /** Page-table entries are being removed. */
        UNMAP,
        /** Looking for a page in use. */
        SCAN,
        /** Waiting for a page to become idle. */
        WAIT,
        /** Entries are being taken out of the file. */
        DELETE,
        /** Blocks are being given back. */
        FREE,
        /** Done. */
        DONE,
        /** Ended without having taken anything away; the range is unmapped, the entries are kept. */
        REFUSED
    }

    /** What the actor reports. */
    public enum Input {
        /** The lock was taken. */
        LOCKED,
        /** No address space has an entry left for the range. */
        UNMAPPED,
        /** No page of the range is in use. */
        FOUND_IDLE,
        /** Some page is. */
        FOUND_BUSY,
        /** The page that was waited for is idle. */
        WOKEN,
        /** Somebody wants the wait to end: a signal, or its deadline. Eviction does not listen. */
        STOP,
        /** The device goes away, and with it everything there is to wait for. */
        GONE,
        /** The entries are out of the file. */
        DELETED,
        /** The blocks are free. */
        FREED
    }

    /** What the actor has to do. */
    public enum Action {
        /** Take the lock that faults share, once the faults under way are over. */
        TAKE_LOCK,
        /** Let go of it; faults that waited go on. */
        DROP_LOCK,
        /** Ask all address spaces to remove their entries for the range. */
        UNMAP,
        /** Look for a page in use. */
        SCAN,
        /** Ask to be told when the page that was found is idle. */
        AWAIT_IDLE,
        /** Ask no more. */
        STOP_WAITING,
        /** Take the entries out of the file and untie their pages. */
        DELETE_ENTRIES,
        /** Give the blocks back to the file system. */
        GIVE_BLOCKS_BACK,
        /** Say that it is done. */
        SUCCEED,
        /** Say that it is not. */
        REFUSE
    }

    /** A state and what to do on entering it, in order. */
    public record Step(LayoutBreak state, List<Action> actions) {
        /** Copies the list. */
        public Step {
            actions = List.copyOf(actions);
        }
    }

    /** Begins a truncation, by the rules of {@code protocol} and waiting like {@code mode}. */
    public static Step begin(Protocol protocol, LayoutWait mode) {
        return begin(protocol, mode, true);
    }

    /** Begins an eviction: it waits to the end, or, in the eras that do not look, takes what is there (B34). */
    public static Step evict(Protocol protocol) {
        return begin(protocol, LayoutWait.FINAL, protocol.evictionWaits());
    }

    private static Step begin(Protocol protocol, LayoutWait mode, boolean looks) {
        LayoutBreak start = new LayoutBreak(
                Phase.LOCK, mode, protocol.unmapFirst(), looks, protocol.rescan(), false, false, false, 0, 0);
        return new Step(start, List.of(Action.TAKE_LOCK));
    }

    /** True when it has ended, one way or the other. */
    public boolean over() {
        return phase == Phase.DONE || phase == Phase.REFUSED;
    }

    /**
     * The next state after {@code input}.
     *
     * @throws IllegalStateException if it does not wait for that
     */
    public Step on(Input input) {
        return switch (input) {
            case STOP -> stop();
            case GONE -> gone();
            case LOCKED -> expect(Phase.LOCK, input).with(Phase.LOCK, true).round();
            case UNMAPPED -> expect(Phase.UNMAP, input).unmapped();
            case FOUND_IDLE -> expect(Phase.SCAN, input).idle();
            case FOUND_BUSY -> expect(Phase.SCAN, input).busy();
            case WOKEN -> expect(Phase.WAIT, input).woken();
            case DELETED -> expect(Phase.DELETE, input).step(Phase.FREE, Action.GIVE_BLOCKS_BACK);
            case FREED -> expect(Phase.FREE, input).succeed();
        };
    }

    private LayoutBreak expect(Phase expected, Input input) {
        if (phase != expected) {
            throw new IllegalStateException(
                    "layout break was told what it did not ask: phase=" + phase + " input=" + input);
        }
        return this;
    }

    /** With the lock: one look at the range, unless it has looked before and is not made to look again. */
    private Step round() {
        boolean again = looks && (waits == 0 || rescan);
        LayoutBreak next = new LayoutBreak(
                phase, mode, unmapFirst, looks, rescan, locked, !again, stopping, rounds + (again ? 1 : 0), waits);
        return unmapFirst || !again ? next.step(Phase.UNMAP, Action.UNMAP) : next.step(Phase.SCAN, Action.SCAN);
    }

    private Step unmapped() {
        return searched ? step(Phase.DELETE, Action.DELETE_ENTRIES) : step(Phase.SCAN, Action.SCAN);
    }

    private Step idle() {
        LayoutBreak next =
                new LayoutBreak(phase, mode, unmapFirst, looks, rescan, locked, true, stopping, rounds, waits);
        return unmapFirst ? next.step(Phase.DELETE, Action.DELETE_ENTRIES) : next.step(Phase.UNMAP, Action.UNMAP);
    }

    private Step busy() {
        if (mode == LayoutWait.NON_BLOCKING || stopping) {
            return refuse(List.of());
        }
        LayoutBreak next = new LayoutBreak(
                Phase.WAIT, mode, unmapFirst, looks, rescan, locked, searched, false, rounds, waits + 1);
        return mode == LayoutWait.DROP_RETRY
                ? new Step(next.with(Phase.WAIT, false), List.of(Action.DROP_LOCK, Action.AWAIT_IDLE))
                : new Step(next, List.of(Action.AWAIT_IDLE));
    }

    private Step woken() {
        return locked ? round() : step(Phase.LOCK, Action.TAKE_LOCK);
    }

    /** A signal ends the sleep, nothing else; whoever finds nothing to wait for succeeds all the same. */
    private Step stop() {
        if (mode == LayoutWait.FINAL || over()) {
            return new Step(this, List.of());
        }
        return phase == Phase.WAIT
                ? refuse(List.of(Action.STOP_WAITING))
                : new Step(
                        new LayoutBreak(phase, mode, unmapFirst, looks, rescan, locked, searched, true, rounds, waits),
                        List.of());
    }

    private Step gone() {
        return switch (phase) {
            case LOCK, UNMAP, SCAN -> refuse(List.of());
            case WAIT -> refuse(List.of(Action.STOP_WAITING));
            case DELETE, FREE, DONE, REFUSED -> new Step(this, List.of());
        };
    }

    private Step refuse(List<Action> first) {
        List<Action> actions = new ArrayList<>(first);
        if (locked) {
            actions.add(Action.DROP_LOCK);
        }
        actions.add(Action.REFUSE);
        return new Step(with(Phase.REFUSED, false), actions);
    }

    private Step succeed() {
        return new Step(with(Phase.DONE, false), List.of(Action.DROP_LOCK, Action.SUCCEED));
    }

    private Step step(Phase next, Action action) {
        return new Step(with(next, locked), List.of(action));
    }

    private LayoutBreak with(Phase next, boolean lock) {
        return new LayoutBreak(next, mode, unmapFirst, looks, rescan, lock, searched, stopping, rounds, waits);
    }
}
