package org.pagepool.demo.run;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.page.Runs;

/**
 * Follows the events of a run and remembers the little that tells the story of each teardown: where in the order of events
 * it was killed, drained and cleaned up, where the last reference was given back, and who let go when. For one thread at a
 * time; the recorder sees to that.
 */
final class Chronicle {
    private final Map<String, Book> books = new LinkedHashMap<>();

    /** Takes note of the next event. */
    void observe(Recorded recorded) {
        Event event = recorded.event();
        books.computeIfAbsent(event.pgmap(), id -> new Book()).observe(recorded, event);
    }

    /** The story of one device. */
    Story story(String device, long waitNanos) {
        Book book = books.get(device);
        return book == null ? Story.NONE : book.story(waitNanos);
    }

    /**
     * What became of a device.
     *
     * @param killed the kill, or null
     * @param drained when nothing referred to it any more, or null
     * @param cleanedUp cleanup, or null
     * @param lastRelease the last time that a reference was given back, or null
     * @param lastReleaseBy by whom
     * @param lastReleaseCause why
     * @param waitedFor who had not let go when it came to waiting, who let go last first
     * @param heldAtCleanup who still held something when it was cleaned up; nobody, if the protocol is any good
     */
    record Story(
            @Nullable Mark killed,
            @Nullable Mark drained,
            @Nullable Mark cleanedUp,
            @Nullable Mark lastRelease,
            @Nullable String lastReleaseBy,
            @Nullable ReleaseCause lastReleaseCause,
            List<Waited> waitedFor,
            List<Waited> heldAtCleanup) {
        static final Story NONE = new Story(null, null, null, null, null, null, List.of(), List.of());

        /** True when cleanup came, and after the last release (I6). */
        boolean cleanedUpLast() {
            return cleanedUp != null
                    && heldAtCleanup.isEmpty()
                    && (lastRelease == null || lastRelease.ordinal < cleanedUp.ordinal);
        }
    }

    /** A place in the order of events. */
    record Mark(long ordinal, long atNanos) {}

    /**
     * Somebody a teardown waited for.
     *
     * @param refs how many references were held after the kill, at most
     * @param sinceNanos since when
     * @param untilNanos when the last of them came back, or -1 if they never did
     * @param cause why they came back, or null
     */
    record Waited(
            String holder,
            long refs,
            long sinceNanos,
            long untilNanos,
            @Nullable ReleaseCause cause) {}

    private static final class Account {
        long refs;
        long sinceNanos;
        long mostSinceKill;
        long lastReleaseNanos = -1;

        @Nullable
        ReleaseCause lastCause;

        Waited waited(String holder) {
            long most = Math.max(mostSinceKill, refs);
            return refs > 0
                    ? new Waited(holder, most, sinceNanos, -1, null)
                    : new Waited(holder, most, sinceNanos, lastReleaseNanos, lastCause);
        }
    }

    private static final class Book {
        private final Map<String, Account> accounts = new HashMap<>();
        private @Nullable Mark killed;
        private @Nullable Mark drained;
        private @Nullable Mark cleanedUp;
        private @Nullable Mark lastRelease;
        private @Nullable String lastReleaseBy;
        private @Nullable ReleaseCause lastReleaseCause;
        private List<Waited> heldAtCleanup = List.of();

        void observe(Recorded recorded, Event event) {
            if (event instanceof Event.Grabbed grabbed) {
                grabbed(recorded, grabbed);
            } else if (event instanceof Event.Released released) {
                released(recorded, released);
            } else if (event instanceof Event.Killed) {
                killed = mark(recorded);
                accounts.values().forEach(account -> account.mostSinceKill = account.refs);
            } else if (event instanceof Event.Drained) {
                drained = mark(recorded);
            } else if (event instanceof Event.CleanedUp) {
                cleanedUp = mark(recorded);
                heldAtCleanup = holders(account -> account.refs > 0);
            }
        }

        private void grabbed(Recorded recorded, Event.Grabbed grabbed) {
            Account account = accounts.computeIfAbsent(grabbed.holder(), holder -> new Account());
            if (account.refs == 0) {
                account.sinceNanos = recorded.atNanos();
            }
            account.refs += Runs.totalRefs(grabbed.runs());
            if (killed != null) {
                account.mostSinceKill = Math.max(account.mostSinceKill, account.refs);
            }
        }

        private void released(Recorded recorded, Event.Released released) {
            Account account = accounts.computeIfAbsent(released.holder(), holder -> new Account());
            account.refs -= Runs.totalRefs(released.runs());
            account.lastReleaseNanos = recorded.atNanos();
            account.lastCause = released.cause();
            lastRelease = mark(recorded);
            lastReleaseBy = released.holder();
            lastReleaseCause = released.cause();
        }

        Story story(long waitNanos) {
            return new Story(
                    killed,
                    drained,
                    cleanedUp,
                    lastRelease,
                    lastReleaseBy,
                    lastReleaseCause,
                    holders(account -> waitedFor(account, waitNanos)),
                    heldAtCleanup);
        }

        private boolean waitedFor(Account account, long waitNanos) {
            Mark end = drained;
            if (end == null) {
                return killed != null && account.refs > 0;
            }
            return account.mostSinceKill > 0
                    && account.lastReleaseNanos >= waitNanos
                    && account.lastReleaseNanos <= end.atNanos;
        }

        private List<Waited> holders(Predicate<Account> which) {
            List<Waited> found = new ArrayList<>();
            accounts.forEach((holder, account) -> {
                if (which.test(account)) {
                    found.add(account.waited(holder));
                }
            });
            found.sort(Comparator.comparingLong((Waited w) -> w.untilNanos < 0 ? Long.MIN_VALUE : -w.untilNanos)
                    .thenComparing(Waited::holder));
            return List.copyOf(found);
        }

        private static Mark mark(Recorded recorded) {
            return new Mark(recorded.ordinal(), recorded.atNanos());
        }
    }
}
