package org.pagepool.runtime.protocol;

/** How a request finds out that it was the first and has to take the pgmap reference (dispute D11, R10). */
public enum RequestCount {
    /** The count it made is what the increment returned. */
    INC_RETURN,
    /** It increments, and reads the count in a second step; two requests may both see two. */
    INC_THEN_READ
}
