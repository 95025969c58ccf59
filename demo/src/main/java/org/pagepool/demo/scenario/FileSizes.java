package org.pagepool.demo.scenario;

import org.pagepool.runtime.pgmap.PgmapSpec;

/** Sizes in files: whole blocks, and a block is a head of the device. */
final class FileSizes {
    private FileSizes() {}

    /** Base pages of {@code bytes}; complains if they are no whole blocks. */
    static long whole(Node node, long bytes, PgmapSpec device) {
        long unit = device.geometry().pages() << device.basePage().shift();
        if (bytes % unit != 0) {
            throw node.wrong(
                    "is no multiple of a block, which is a head of " + device.id(),
                    "want " + Multiples.around(bytes, unit));
        }
        return bytes >> device.basePage().shift();
    }
}
