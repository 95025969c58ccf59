package org.pagepool.runtime.journal;

import org.pagepool.runtime.section.Answer;

/**
 * That a request was answered, and how: what an owner must still know after a crash to give a repeated request the same answer
 * and do nothing (I7).
 *
 * @param holder who asked
 * @param sequence the number of its request
 * @param floor it had seen the answers to all its requests below this one
 * @param answer what it was told
 */
public record Receipt(String holder, long sequence, long floor, Answer answer) {
    /** That a holder which held nothing is gone, and what was answered to it need not be known any more. */
    public static Receipt gone(String holder) {
        return new Receipt(holder, Long.MAX_VALUE, Long.MAX_VALUE, new Answer(0, null));
    }

    /** Whether it says that the holder is gone. */
    public boolean isGone() {
        return sequence == Long.MAX_VALUE;
    }
}
