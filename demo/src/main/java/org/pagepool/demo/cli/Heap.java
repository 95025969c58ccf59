package org.pagepool.demo.cli;

import java.lang.management.ManagementFactory;

/** The heap of this process. */
public final class Heap {
    private Heap() {}

    /** Bytes of heap in use, after collections: the second one takes what the first has only unreferenced. */
    public static long inUse() {
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
