package org.pagepool.demo.event;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;

/** By whom and what an event is about. */
public final class EventFacts {
    private EventFacts() {}

    /** Whether it is about that holder, walker, waiter or address space. */
    public static boolean isAbout(Event event, String holder) {
        if (event instanceof Event.WaiterAdded e) {
            return e.waiter().equals(holder);
        }
        if (event instanceof Event.WaiterTold e) {
            return e.waiter().equals(holder);
        }
        if (event instanceof Event.Zapped e) {
            return e.space().equals(holder);
        }
        if (event instanceof Event.Signalled e) {
            return e.sigbus().space().equals(holder);
        }
        if (event instanceof Event.CloseRefused e) {
            return named(e.holders(), holder);
        }
        if (event instanceof Event.DeadlinePassed e) {
            return named(e.holders(), holder);
        }
        if (event instanceof Event.LayoutBusy e) {
            return e.holders().contains(holder);
        }
        if (event instanceof Event.LayoutRefused e) {
            return e.holders().contains(holder) || e.blocked().contains(holder);
        }
        return holder.equals(holder(event));
    }

    private static boolean named(List<Holding> holders, String holder) {
        return holders.stream().anyMatch(h -> h.holder().equals(holder));
    }

    /** Who asked or gave back, where somebody did. */
    public static @Nullable String holder(Event event) {
        if (event instanceof Event.Grabbed e) {
            return e.holder();
        }
        if (event instanceof Event.GrabRefused e) {
            return e.holder();
        }
        if (event instanceof Event.Released e) {
            return e.holder();
        }
        if (event instanceof Event.WalkEnded e) {
            return e.holder();
        }
        if (event instanceof Event.Tied e) {
            return e.holder();
        }
        if (event instanceof Event.Untied e) {
            return e.holder();
        }
        if (event instanceof Event.Dirtied e) {
            return e.holder();
        }
        if (event instanceof Event.Repeated e) {
            return e.holder();
        }
        return null;
    }

    /** Whether it is about that page, tail or head, of a device it knows. */
    public static boolean touches(Event event, PgmapSpec spec, long pfn) {
        long head = spec.geometry().headOf(pfn);
        for (Run run : runs(event)) {
            if (head >= run.firstHead() && head < run.end(spec.geometry())) {
                return true;
            }
        }
        return head(event) == head;
    }

    /** The heads it names as runs. */
    public static List<Run> runs(Event event) {
        if (event instanceof Event.Grabbed e) {
            return e.runs();
        }
        if (event instanceof Event.Released e) {
            return e.runs();
        }
        if (event instanceof Event.Freed e) {
            return e.runs();
        }
        if (event instanceof Event.Tied e) {
            return e.runs();
        }
        if (event instanceof Event.Untied e) {
            return e.runs();
        }
        if (event instanceof Event.BlockAllocated e) {
            return e.runs();
        }
        if (event instanceof Event.BlockFreed e) {
            return e.runs();
        }
        if (event instanceof Event.EntryInserted e) {
            return e.runs();
        }
        if (event instanceof Event.EntryDeleted e) {
            return e.runs();
        }
        if (event instanceof Event.Dirtied e) {
            return e.runs();
        }
        return List.of();
    }

    /** The one head it names, or -1. */
    private static long head(Event event) {
        if (event instanceof Event.GrabRefused e) {
            return e.head();
        }
        if (event instanceof Event.WaiterAdded e) {
            return e.head();
        }
        if (event instanceof Event.WaiterTold e) {
            return e.head();
        }
        if (event instanceof Event.LayoutBusy e) {
            return e.head();
        }
        if (event instanceof Event.LayoutRefused e) {
            return e.head();
        }
        if (event instanceof Event.Poisoned e) {
            return e.head();
        }
        if (event instanceof Event.MemoryFailed e) {
            return e.head();
        }
        return -1;
    }
}
