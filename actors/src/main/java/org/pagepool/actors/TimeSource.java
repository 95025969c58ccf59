package org.pagepool.actors;

/** The pool's clock. Injected everywhere, so that a run can be driven in virtual time. */
@FunctionalInterface
public interface TimeSource {
    /** Nanoseconds since some fixed point; never goes back. */
    long nanos();
}
