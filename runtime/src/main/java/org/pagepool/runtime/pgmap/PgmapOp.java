package org.pagepool.runtime.pgmap;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.FreeNotice;
import org.pagepool.runtime.protocol.Protocol;

/** The operations a driver may supply with its device; which of them a device must have depends on its type (B9). */
public enum PgmapOp {
    /** A page became free (B3, B4). */
    PAGE_FREE,
    /** Stop giving out the driver's own reference, where it brings one (E1, B11). */
    KILL,
    /** Wait until the driver's own reference has come back; comes with {@link #KILL} (E1, B11). */
    CLEANUP,
    /** A CPU touched a page that it cannot address: bring it back to RAM. */
    MIGRATE_TO_RAM,
    /** Pages were found to be poisoned (B39). */
    MEMORY_FAILURE;

    /** The name as messages and reports write it: {@code page-free}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The operations a device of that type cannot do without under those rules (B9, section 2.1). Driver memory needs to
     * know when a page is free, unless nobody is ever called (D6), and private memory how to come back to RAM. Peer-to-peer
     * memory needs the callback from the eras on in which its pages park at zero, files only where each free page goes
     * through one, as it was before seed 000.
     */
    public static Set<PgmapOp> required(MemoryType type, Protocol protocol) {
        Set<PgmapOp> needed = EnumSet.noneOf(PgmapOp.class);
        FreeNotice notice = protocol.onFree();
        boolean called = switch (type) {
            case PRIVATE, COHERENT -> notice != FreeNotice.WAKE;
            case PCI_P2PDMA -> notice != FreeNotice.WAKE && protocol.base(type) == 0;
            case FS_DAX -> notice == FreeNotice.CALLBACK;
            case GENERIC -> false;
        };
        if (called) {
            needed.add(PAGE_FREE);
        }
        if (type == MemoryType.PRIVATE) {
            needed.add(MIGRATE_TO_RAM);
        }
        return needed;
    }

    /** Whether a device of that type must say whose it is, so that its owner alone maps it elsewhere (B9). */
    public static boolean needsOwner(MemoryType type) {
        return type == MemoryType.PRIVATE || type == MemoryType.COHERENT;
    }
}
