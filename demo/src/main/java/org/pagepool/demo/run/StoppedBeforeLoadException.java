package org.pagepool.demo.run;

/** The user asked for the end while a run was being set up: nothing was played, and there is nothing to report. */
final class StoppedBeforeLoadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoppedBeforeLoadException(String what) {
        super("interrupted while " + what + " was being set up; there is no result of it");
    }
}
