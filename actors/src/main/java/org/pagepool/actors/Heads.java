package org.pagepool.actors;

import org.pagepool.runtime.head.HeadState;

/** The heads of one section that are not parked, wherever they count. Confined to the section. */
interface Heads {
    /**
     * Sends the same message to some heads that follow one another. What each of them says goes into the message's request: at once,
     * or when its answer comes.
     */
    void ask(int first, int count, Head.Command message);

    /** Whether there is anything at that head but the counts of a parked one. */
    boolean live(int index);

    /** Whether somebody waits for it, or asks it. */
    boolean busy(int index);

    /** A head comes back as it was. */
    void restore(int index, HeadState counts);

    /** How many are live. */
    int live();

    /** How many of them are actors. */
    int actors();

    /** Takes an actor's answer. */
    void answered(Section.HeadAnswered answer);

    /** Lets go of those that nobody has used since the last time; true if any are left that will have to be looked at again. */
    boolean sweep();
}
