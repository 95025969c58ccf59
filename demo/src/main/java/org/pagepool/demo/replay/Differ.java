package org.pagepool.demo.replay;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.log.Point;
import org.pagepool.demo.log.Reading;
import org.pagepool.persistence.log.LogEvents;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import org.pagepool.persistence.replay.Rebuilt;
import org.pagepool.runtime.event.Recorded;

/** Compares two histories, event by event and then by the states they lead to. Times do not count, only what happened. */
final class Differ {
    private final Reading reading;

    Differ(Reading reading) {
        this.reading = reading;
    }

    /**
     * One of the two.
     *
     * @param log its name
     * @param until where it ends, or null
     */
    record Side(String log, @Nullable Point until) {
        /** {@code LOG} or {@code LOG@POINT}. */
        static Side parse(String text) {
            int at = text.lastIndexOf('@');
            if (at <= 0 || Files.exists(Path.of(text)) || text.startsWith("postgres") || text.startsWith("jdbc:")) {
                return new Side(text, null);
            }
            return new Side(text.substring(0, at), Point.parse(text.substring(0, at) + "@", text.substring(at + 1)));
        }

        String name(LogSource opened) {
            return opened.name() + (until == null ? "" : "@" + until);
        }
    }

    private static final class Reader implements AutoCloseable {
        private final @Nullable Point until;
        private final Rebuilt rebuilt = new Rebuilt();
        private final LogEvents events;
        private long zero;
        private long count;

        Reader(LogSource source, Side side) {
            until = side.until;
            events = new LogEvents(source.name(), source.rows(), 0, rebuilt::row);
        }

        @Nullable
        Recorded next() {
            Recorded event = events.next();
            if (event == null) {
                return null;
            }
            zero = event.ordinal() == 1 ? event.atNanos() : zero;
            Point end = until;
            if (end != null && end.before(event, zero)) {
                return null;
            }
            count++;
            try {
                rebuilt.apply(event);
            } catch (IllegalStateException cannot) {
                return event; // a replay of that log alone says so
            }
            return event;
        }

        @Override
        public void close() {
            events.close();
        }
    }

    Difference compare(Side first, Side second) {
        try (LogSource one = LogSources.open(first.log);
                LogSource other = LogSources.open(second.log);
                Reader here = new Reader(one, first);
                Reader there = new Reader(other, second)) {
            long equal = 0;
            Recorded mine = here.next();
            Recorded theirs = there.next();
            boolean goesOn = true;
            while (goesOn && mine != null && theirs != null && mine.event().equals(theirs.event())) {
                equal++;
                mine = here.next();
                theirs = there.next();
                goesOn = reading.goesOn(equal, here.events.progress());
            }
            Recorded firstHere = goesOn ? mine : null;
            Recorded firstThere = goesOn ? theirs : null;
            goesOn = goesOn && rest(here, mine) && rest(there, theirs);
            List<String> states = goesOn ? here.rebuilt.differences(there.rebuilt) : List.of();
            return new Difference(
                    first.name(one),
                    second.name(other),
                    equal,
                    firstHere,
                    firstThere,
                    here.count,
                    there.count,
                    states,
                    goesOn);
        }
    }

    private boolean rest(Reader reader, @Nullable Recorded last) {
        Recorded event = last;
        while (event != null) {
            event = reader.next();
            if (!reading.goesOn(reader.count, reader.events.progress())) {
                return false;
            }
        }
        return true;
    }
}
