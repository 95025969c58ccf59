package org.pagepool.demo.replay;

import java.util.List;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.log.EventFilter;
import org.pagepool.demo.log.EventLine;
import org.pagepool.persistence.replay.Rebuilt;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.record.PageRecord;

/** The events that were asked for, one by one, with what came of them for the page that was asked for. */
final class Stories {
    private static final int NAMES_MAX = 5;

    private final Sheet sheet;
    private final EventFilter filter;
    private final Rebuilt rebuilt;
    private boolean titled;

    Stories(Sheet sheet, EventFilter filter, Rebuilt rebuilt) {
        this.sheet = sheet;
        this.filter = filter;
        this.rebuilt = rebuilt;
    }

    /** An event that {@code rebuilt} has seen. */
    void at(Recorded event, Long zero) {
        if (!filter.any() || !filter.wants(event)) {
            return;
        }
        if (!titled) {
            sheet.title("Events", "that were chosen");
            titled = true;
        }
        sheet.line(EventLine.text(event, zero) + page(rebuilt, event, filter.pfn()));
    }

    /** That was all; says so if it was nothing, for a name may have been mistyped. */
    void end() {
        if (filter.any() && !titled) {
            sheet.title("Events", "none is about " + filter.what());
        }
    }

    /** {@code   -> held by hog, w7}. */
    static String page(Rebuilt rebuilt, Recorded event, long pfn) {
        Rebuilt.Device device = rebuilt.device(event.event().pgmap());
        if (pfn < 0 || device == null || !device.spec().covers(pfn)) {
            return "";
        }
        List<String> holders = device.holdersOf(pfn);
        String more = holders.size() > NAMES_MAX ? ", and " + (holders.size() - NAMES_MAX) + " more" : "";
        String held = holders.isEmpty()
                ? "held by nobody"
                : "held by " + String.join(", ", holders.subList(0, Math.min(NAMES_MAX, holders.size()))) + more;
        PageRecord record = device.record(pfn);
        return "  -> " + held + (record.equals(PageRecord.BLANK) ? "" : ", " + of(record));
    }

    private static String of(PageRecord record) {
        StringBuilder text = new StringBuilder();
        if (record.mapping() != null) {
            text.append("in ")
                    .append(record.mapping())
                    .append(" at ")
                    .append(record.index())
                    .append(' ');
        }
        if (record.share() > 0) {
            text.append("shared by ").append(record.share()).append(" files ");
        }
        if (record.charge() != null) {
            text.append("charged to ").append(record.charge()).append(' ');
        }
        record.flags().stream().sorted().forEach(flag -> text.append(flag).append(' '));
        return text.toString().strip();
    }
}
