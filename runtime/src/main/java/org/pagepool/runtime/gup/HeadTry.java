package org.pagepool.runtime.gup;

import org.pagepool.runtime.protocol.HeadLookup;

/**
 * One attempt to take references for a page whose compound may be split or formed meanwhile (B22, D3): find the head, add,
 * find the head again. Each {@link #step} does one thing that others can come before or after, so that a test can put them
 * there (R4). Immutable.
 *
 * @param rule when the head is looked up
 * @param pfn the page
 * @param refs references to take, at least one
 * @param next what it does next
 * @param head the head found last, or -1
 * @param retries how often the head was another one after the addition
 */
public record HeadTry(HeadLookup rule, long pfn, int refs, Step next, long head, int retries) {
    /** What an attempt does next. */
    public enum Step {
        /** Find out which head the page has. */
        LOOK_UP,
        /** Add to its count, unless that is zero or near overflow. */
        ADD,
        /** Take the references for granted, or first look whether the page still has that head. */
        TRUST,
        /** Drop them again: the page has another head by now. */
        DROP,
        /** The references are held on {@link #head}. */
        DONE,
        /** They were refused: nothing is held. */
        REFUSED
    }

    /** Where the pages and their counts are. */
    public interface Heads {
        /** The head of a page now. */
        long headOf(long pfn);

        /** Adds unless the count is zero or would overflow; false if it did not. */
        boolean tryAdd(long head, int refs);

        /** Takes back what was added. */
        void drop(long head, int refs);
    }

    /** An attempt that has done nothing yet. */
    public static HeadTry begin(HeadLookup rule, long pfn, int refs) {
        return new HeadTry(rule, pfn, refs, Step.LOOK_UP, -1, 0);
    }

    /** True when there is nothing left to do. */
    public boolean ended() {
        return next == Step.DONE || next == Step.REFUSED;
    }

    /** Does the next thing. */
    public HeadTry step(Heads heads) {
        return switch (next) {
            case LOOK_UP -> then(Step.ADD, rule == HeadLookup.ENTRY_HEAD ? pfn : heads.headOf(pfn));
            case ADD -> then(heads.tryAdd(head, refs) ? Step.TRUST : Step.REFUSED, head);
            case TRUST -> {
                boolean moved = rule == HeadLookup.BEFORE_RECHECK && heads.headOf(pfn) != head;
                yield then(moved ? Step.DROP : Step.DONE, head);
            }
            case DROP -> {
                heads.drop(head, refs);
                yield new HeadTry(rule, pfn, refs, Step.LOOK_UP, -1, retries + 1);
            }
            case DONE, REFUSED -> this;
        };
    }

    private HeadTry then(Step step, long at) {
        return new HeadTry(rule, pfn, refs, step, at, retries);
    }
}
