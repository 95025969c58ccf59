package org.pagepool.demo.event;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.pagepool.demo.cli.Numbers;
import org.pagepool.demo.scenario.Sizes;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.LayoutIdle;

/** Events in words, one line each. */
public final class EventText {
    private static final int RANGES_SHOWN = 4;

    private EventText() {}

    /** The kind of an event: {@code Grabbed}. */
    public static String kind(Recorded recorded) {
        return kind(recorded.event());
    }

    /** The kind of an event: {@code Grabbed}. */
    public static String kind(Event event) {
        return event.getClass().getSimpleName();
    }

    /** What it says: {@code hog#1 pin: 16,384 refs on 32 heads from 0x880000, section 272}. */
    public static String what(Recorded recorded) {
        return what(recorded.event());
    }

    /** What it says; nothing where its kind says it all. */
    public static String what(Event event) {
        if (event instanceof Event.Grabbed e) {
            return e.holder() + "#" + e.sequence() + " " + label(e.kind()) + ": " + runs(e.runs()) + ", section "
                    + e.section() + " epoch " + e.epoch();
        }
        if (event instanceof Event.Released e) {
            return e.holder() + "#" + e.sequence() + " " + label(e.kind()) + " by " + label(e.cause()) + ": "
                    + runs(e.runs()) + ", section " + e.section();
        }
        if (event instanceof Event.GrabRefused e) {
            String from = e.head() < 0 ? "" : " from head 0x" + Long.toHexString(e.head());
            return e.holder() + "#" + e.sequence() + " " + label(e.kind()) + from + ": " + e.refusal();
        }
        if (event instanceof Event.WalkEnded e) {
            return e.holder() + "#" + e.sequence() + ", section " + e.section();
        }
        if (event instanceof Event.Freed e) {
            return runs(e.runs()) + ", section " + e.section();
        }
        return aboutThePgmap(event);
    }

    private static String aboutThePgmap(Event event) {
        if (event instanceof Event.MemoryFailed e) {
            return "pfn 0x" + Long.toHexString(e.pfn()) + ", head 0x" + Long.toHexString(e.head()) + ": "
                    + label(e.outcome()) + ", " + Numbers.counted(e.told(), "mapping") + " told";
        }
        if (event instanceof Event.Signalled e) {
            return "SIGBUS to " + e.sigbus() + ", pfn 0x" + Long.toHexString(e.pfn());
        }
        if (event instanceof Event.Mapped e) {
            return device(e.spec());
        }
        if (event instanceof Event.Killed e) {
            return label(e.verb()) + ", \"" + e.reason() + "\"";
        }
        if (event instanceof Event.GateClosed e) {
            return "section " + e.section() + " share " + e.share() + " walks " + e.walks();
        }
        if (event instanceof Event.KillConfirmed e) {
            return "shares " + e.shares();
        }
        if (event instanceof Event.BaseDropped e) {
            return "section " + e.section() + " " + Numbers.counted(e.heads(), "head")
                    + (e.counts() ? ", counts too" : "");
        }
        if (event instanceof Event.Zapped e) {
            return e.space() + " " + Numbers.counted(e.pages(), "page");
        }
        if (event instanceof Event.CloseRefused e) {
            return holders(e.holders());
        }
        if (event instanceof Event.DeadlinePassed e) {
            return holders(e.holders());
        }
        return rest(event);
    }

    private static String rest(Event event) {
        if (event instanceof Event.Started e) {
            return "the pool, life " + e.life();
        }
        if (event instanceof Event.SectionStarted e) {
            return "section " + e.section() + " epoch " + e.epoch();
        }
        if (event instanceof Event.ShareDrained e) {
            return "section " + e.section();
        }
        if (event instanceof Event.WaiterAdded e) {
            LayoutIdle rule = e.rule();
            return e.waiter() + " for head 0x" + Long.toHexString(e.head()) + (rule == null ? "" : ", " + label(rule));
        }
        if (event instanceof Event.WaiterTold e) {
            return e.waiter() + " for head 0x" + Long.toHexString(e.head()) + (e.idle() ? " idle" : " not idle");
        }
        if (event instanceof Event.Poisoned e) {
            return "pfn 0x" + Long.toHexString(e.pfn()) + ", head 0x" + Long.toHexString(e.head()) + ", section "
                    + e.section();
        }
        if (event instanceof Event.Dirtied e) {
            return e.holder() + ": " + heads(e.runs()) + ", section " + e.section();
        }
        if (event instanceof Event.Repeated e) {
            return e.holder() + "#" + e.sequence() + " section " + e.section();
        }
        if (event instanceof Event.Warned e) {
            return e.row() + ": " + e.text();
        }
        if (event instanceof Event.Started e) {
            return "life " + e.life();
        }
        return aboutAFile(event);
    }

    private static String aboutAFile(Event event) {
        if (event instanceof Event.FileLaidOut e) {
            return e.file() + ": " + Numbers.counted(e.pages(), "page") + " in "
                    + Numbers.counted(e.extents().size(), "extent");
        }
        if (event instanceof Event.Tied e) {
            return e.file() + " from page " + e.index() + ": " + heads(e.runs());
        }
        if (event instanceof Event.Untied e) {
            return e.file() + ": " + heads(e.runs());
        }
        if (event instanceof Event.BlockAllocated e) {
            return e.file() + ": " + heads(e.runs());
        }
        if (event instanceof Event.BlockFreed e) {
            return e.file() + ": " + heads(e.runs());
        }
        if (event instanceof Event.EntryInserted e) {
            return e.file() + ", " + Numbers.counted(e.pages(), "page") + " from page " + e.offset() + ": "
                    + heads(e.runs()) + (e.shared() ? ", shared" : "");
        }
        if (event instanceof Event.EntryDeleted e) {
            return e.file() + ", " + Numbers.counted(e.pages(), "page") + " from page " + e.offset() + ": "
                    + heads(e.runs());
        }
        return aboutALayout(event);
    }

    private static String aboutALayout(Event event) {
        if (event instanceof Event.LayoutUnmapped e) {
            return e.file() + ", " + Numbers.counted(e.pages(), "page") + " from page " + e.offset() + ": "
                    + Numbers.counted(e.unmapped(), "page") + " were mapped";
        }
        if (event instanceof Event.LayoutBusy e) {
            return e.file() + ", head 0x" + Long.toHexString(e.head()) + " counts " + e.refcount() + ", pins "
                    + e.pincount() + ", mapped " + e.mapcount() + ": " + String.join(", ", e.holders());
        }
        if (event instanceof Event.LayoutRefused e) {
            return e.file() + ": " + e.why() + (e.holders().isEmpty() ? "" : ", for " + String.join(", ", e.holders()))
                    + (e.blocked().isEmpty() ? "" : "; wait for its lock: " + String.join(", ", e.blocked()));
        }
        return "";
    }

    /** As scenarios write it: lower case with dashes. */
    public static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@code generic, 16 GiB as 8,192 heads of 2 MiB, pfns [0x880000, 0xc80000)}. */
    public static String device(PgmapSpec spec) {
        long headBytes = spec.geometry().pages() * spec.basePage().bytes();
        String ranges = spec.ranges().stream()
                .map(PfnRange::toString)
                .limit(RANGES_SHOWN)
                .collect(Collectors.joining(", "));
        return spec.type().label() + ", "
                + Sizes.pretty(spec.pages() * spec.basePage().bytes()) + " as "
                + Numbers.counted(spec.heads(), "head") + " of " + Sizes.pretty(headBytes) + ", pfns " + ranges
                + (spec.ranges().size() > RANGES_SHOWN ? ", ..." : "");
    }

    private static String heads(List<Run> runs) {
        return runs.isEmpty()
                ? "no heads"
                : Numbers.counted(Runs.heads(runs), "head") + " from 0x"
                        + Long.toHexString(runs.get(0).firstHead());
    }

    private static String runs(List<Run> runs) {
        if (runs.isEmpty()) {
            return "nothing";
        }
        return Numbers.counted(Runs.totalRefs(runs), "ref") + " on " + Numbers.counted(Runs.heads(runs), "head")
                + " from 0x" + Long.toHexString(runs.get(0).firstHead());
    }

    private static String holders(List<Holding> holders) {
        return holders.stream().map(Holding::toString).collect(Collectors.joining(", "));
    }
}
