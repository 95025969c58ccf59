package org.pagepool.runtime.audit;

/** The rules that never bend and that a history of events can show to be broken. */
public enum Invariant {
    /** Conservation. */
    I1("head count = base + mappings + sum over holders of what they hold"),
    /** Pins. */
    I2("pincount = sum of pins; acquired - released = pins alive"),
    /** Free notices. */
    I3("no free notice while anything is held, none forgotten; free notices and activations alternate per page"),
    /** Grants. */
    I4("no reference is granted on a page that is free, on a drained pgmap, near overflow, or by a former owner"),
    /** The pgmap's reference. */
    I5("pgmap reference = 1 while live + what its pages and walks hold; no newcomer after the kill, never below zero"),
    /** Cleanup. */
    I6("cleanup runs exactly once, after drained, with nothing held, and nothing happens to the pgmap after it"),
    /** Releases. */
    I7("each reference is given back exactly once, whatever was retried, duplicated or recovered"),
    /** Waiters. */
    I8("every waiter whose condition came true is told, once; none is told early"),
    /** Heads. */
    I9("tails carry no count; everything acts on a head of the pgmap and section it names"),
    /** Liveness of teardown; judged only when the history has ended. */
    I12("teardown finishes once the last reference is gone");

    private final String rule;

    Invariant(String rule) {
        this.rule = rule;
    }

    /** The rule in one sentence. */
    public String rule() {
        return rule;
    }
}
