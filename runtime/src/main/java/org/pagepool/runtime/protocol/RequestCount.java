package org.pagepool.runtime.protocol;

/** How a request counts the page it hands out, and finds out that it has to take the pgmap reference (dispute D11). */
public enum RequestCount {
    /** The count it made is what the increment returned; one means first (B37). */
    INC_RETURN,
    /** It increments, and reads the count in a second step; two requests may both see two (R10). */
    INC_THEN_READ,
    /** The count is set to one, whatever it was (B38): a reference somebody else had is no longer counted. */
    SET_ONE
}
