package org.pagepool.runtime.event;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.LayoutIdle;

/**
 * What happened, in the past tense. One sealed hierarchy for everything: the journal stores it, the auditor judges it,
 * the report counts it, the log exports it. Events carry no actor references and no objects per page.
 *
 * <p>Order: the events of one section come in the order in which its heads saw them. Between actors an event comes after
 * everything its actor had been told of when it happened.
 */
public sealed interface Event {
    /** The pgmap it is about. */
    String pgmap();

    /** Stands for "every section that was never started" where an event names a section. */
    int UNTOUCHED_SECTIONS = -1;

    /**
     * A pool that keeps a journal was started: whoever held references in its last life is gone, or has to come back.
     *
     * @param life how often it was started, this time included
     */
    record Started(int life) implements Event {
        @Override
        public String pgmap() {
            return "";
        }
    }

    /** A device was mapped; its pages exist from here on, each at its base count. */
    record Mapped(PgmapSpec spec) implements Event {
        @Override
        public String pgmap() {
            return spec.id();
        }
    }

    /** A section began to serve its heads, as owner number {@code epoch}. */
    record SectionStarted(String pgmap, int section, long epoch) implements Event {}

    /**
     * References were granted on heads of one section, for one request of one holder.
     *
     * @param sequence the request's number, unique for its holder; names the reference from here on
     * @param refcountSum sum over these heads of the refcount each head itself had afterwards; lets the auditor compare
     *     the heads' own counts with the sum of what holders hold (I1)
     * @param pincountSum the same for the pincount (I2)
     */
    record Grabbed(
            String pgmap,
            int section,
            long epoch,
            String holder,
            long sequence,
            GrabKind kind,
            List<Run> runs,
            long refcountSum,
            long pincountSum)
            implements Event {}

    /**
     * A request was not granted, or not in full: from {@code head} on.
     *
     * @param head the first head that was refused, or -1 where the whole request was
     */
    record GrabRefused(
            String pgmap, int section, String holder, long sequence, GrabKind kind, long head, Refusal refusal)
            implements Event {}

    /**
     * References were given back on heads of one section.
     *
     * @param sequence the grab they came from
     * @param refcountSum sum over these heads of the refcount each head itself had afterwards
     * @param pincountSum the same for the pincount
     */
    record Released(
            String pgmap,
            int section,
            String holder,
            long sequence,
            GrabKind kind,
            List<Run> runs,
            ReleaseCause cause,
            long refcountSum,
            long pincountSum)
            implements Event {}

    /**
     * A walk has looked at its entries again, has given back what it must, and gives back the pgmap reference that came with
     * that grant (B6). Only where that can be seen: see {@link org.pagepool.runtime.protocol.Protocol#walkKeepsPgmapRef}.
     */
    record WalkEnded(String pgmap, int section, String holder, long sequence) implements Event {}

    /** These heads reached their idle count, and whoever is told of that was told (B3, B4). Each run has refs 1. */
    record Freed(String pgmap, int section, List<Run> runs) implements Event {}

    /**
     * Somebody began to wait for a head to become idle.
     *
     * @param rule what idle means to truncation (D8), or null where it means that nobody holds it (I8)
     */
    record WaiterAdded(
            String pgmap,
            int section,
            long head,
            String waiter,
            @Nullable LayoutIdle rule) implements Event {
        /** Waits until nobody holds it. */
        public WaiterAdded(String pgmap, int section, long head, String waiter) {
            this(pgmap, section, head, waiter, null);
        }
    }

    /** A waiter was answered: {@code idle} if the head was idle, otherwise because the wait ended without that (I8). */
    record WaiterTold(String pgmap, int section, long head, String waiter, boolean idle) implements Event {}

    /**
     * Heads were tied to a file (B31, B40, B41).
     *
     * @param holder who did it
     * @param index offset of the first of them in the file, in base pages; the others follow
     */
    record Tied(String pgmap, int section, String holder, long sequence, String file, List<Run> runs, long index)
            implements Event {}

    /** A file let go of heads (B35, B36). */
    record Untied(String pgmap, int section, String holder, long sequence, String file, List<Run> runs)
            implements Event {}

    /**
     * Pages of the device became blocks of a file.
     *
     * @param runs their heads, refs 1
     */
    record BlockAllocated(String pgmap, String file, List<Run> runs) implements Event {}

    /**
     * Blocks of a file belong to nobody any more: from here on another file may have them, whoever still holds their pages
     * (R14).
     *
     * @param file the file that was the last to have them
     * @param runs their heads, refs 1
     */
    record BlockFreed(String pgmap, String file, List<Run> runs) implements Event {}

    /**
     * A file is that large and has its blocks there: what is on the disk, and there again after a crash.
     *
     * @param pages its size in base pages; 0 and no extents where it is gone
     * @param extents its blocks, in the order of the file
     */
    record FileLaidOut(String pgmap, String file, long pages, List<FileExtent> extents) implements Event {
        /** Copies the list. */
        public FileLaidOut {
            extents = List.copyOf(extents);
        }
    }

    /**
     * Neighbouring entries were put into a file (B31).
     *
     * @param offset first page of the file they cover
     * @param pages base pages they cover
     * @param order of each of them
     * @param runs heads that are tied to the file by them; none for holes
     * @param shared whether other files have these blocks too (B36)
     */
    record EntryInserted(String pgmap, String file, long offset, long pages, int order, List<Run> runs, boolean shared)
            implements Event {}

    /**
     * Entries were taken out of a file (B35).
     *
     * @param offset first page of the file they covered
     * @param pages base pages from there to the end of the last one
     * @param entries how many there were
     * @param runs heads that they tied to the file
     */
    record EntryDeleted(String pgmap, String file, long offset, long pages, int entries, List<Run> runs)
            implements Event {}

    /**
     * No address space has an entry left for a range of a file: the first step of taking it away (B32).
     *
     * @param offset first page of the file
     * @param pages base pages
     * @param unmapped base pages that had been mapped
     */
    record LayoutUnmapped(String pgmap, String file, long offset, long pages, long unmapped) implements Event {}

    /**
     * Truncation found a page of the range in use, and waits for it or gives up (B32, B33).
     *
     * @param head the first head that is not idle
     * @param holders who holds references on it
     */
    record LayoutBusy(
            String pgmap, String file, long head, int refcount, int pincount, int mapcount, List<String> holders)
            implements Event {
        /** Copies the list. */
        public LayoutBusy {
            holders = List.copyOf(holders);
        }
    }

    /**
     * A range of a file was not taken away; it is unmapped, its entries are kept (B33).
     *
     * @param why what ended it
     * @param head the head it waited for, or -1
     * @param holders who held references on that head
     * @param blocked whose faults wait for the lock that it had; a holder among them waits for the one that waits for it (R15)
     */
    record LayoutRefused(
            String pgmap,
            String file,
            long offset,
            long pages,
            Refusal why,
            long head,
            List<String> holders,
            List<String> blocked)
            implements Event {
        /** Copies the lists. */
        public LayoutRefused {
            holders = List.copyOf(holders);
            blocked = List.copyOf(blocked);
        }
    }

    /** A page has an error that cannot be corrected; its head is marked (B39). {@code pfn} may be a tail's. */
    record Poisoned(String pgmap, int section, long head, long pfn) implements Event {}

    /** Heads were marked as written to by one who gave back a pin (B26). */
    record Dirtied(String pgmap, int section, String holder, List<Run> runs) implements Event {}

    /**
     * Something happened that a kernel would warn about: a sign of a bug in whoever asked, nothing the pool lost.
     *
     * @param row the row that says so: {@code B38}
     * @param text what happened, in one line
     */
    record Warned(String pgmap, String row, String text) implements Event {}

    /**
     * A poisoned page was dealt with, or could not be (B39).
     *
     * @param head its head
     * @param told how many mappings of it there were, each told with {@link Signalled}
     */
    record MemoryFailed(String pgmap, long pfn, long head, FailureOutcome outcome, int told) implements Event {}

    /** A process was told that a page it maps is poisoned; its entry is gone by now (B39). */
    record Signalled(String pgmap, long pfn, Sigbus sigbus) implements Event {}

    /** A teardown began: from here on the gate is being closed. */
    record Killed(String pgmap, CloseVerb verb, String reason) implements Event {}

    /**
     * A section has closed its part of the gate.
     *
     * @param share its references on the pgmap at that moment
     * @param walks how many of them belong to requests it had accepted and not yet finished, and to walks that have their
     *     pages and have not ended
     */
    record GateClosed(String pgmap, int section, long share, long walks) implements Event {}

    /** No section gives live references any more. */
    record KillConfirmed(String pgmap, long shares) implements Event {}

    /** An address space removed its entries for this device. */
    record Zapped(String pgmap, String space, long pages) implements Event {}

    /**
     * The references that mapping the device had taken were put.
     *
     * @param section the section, or {@link #UNTOUCHED_SECTIONS}
     * @param heads how many heads
     * @param counts true where each head's own base count was put as well (B11), false where only the pgmap's references
     *     were (B12)
     * @param refcountSum sum of the refcounts the heads had afterwards
     */
    record BaseDropped(String pgmap, int section, long heads, boolean counts, long refcountSum) implements Event {}

    /** A section's share of a closed gate has reached zero. */
    record ShareDrained(String pgmap, int section) implements Event {}

    /** Every share is zero: nothing that teardown waits for refers to the pgmap any more. */
    record Drained(String pgmap) implements Event {}

    /** Cleanup ran: the pages are gone, and no lookup finds the pgmap (I6). */
    record CleanedUp(String pgmap) implements Event {}

    /** {@code closeIfIdle} found holders and changed nothing. */
    record CloseRefused(String pgmap, List<Holding> holders) implements Event {
        /** Copies the list. */
        public CloseRefused {
            holders = List.copyOf(holders);
        }
    }

    /** A teardown's deadline passed while these still held on: they leak, being alive and past their time. */
    record DeadlinePassed(String pgmap, List<Holding> holders) implements Event {
        /** Copies the list. */
        public DeadlinePassed {
            holders = List.copyOf(holders);
        }
    }

    /** A request that had been answered came again and got the same answer (I7). */
    record Repeated(String pgmap, int section, String holder, long sequence) implements Event {}
}
