package org.pagepool.demo.run;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** What histories say of idle pages, late grabs and waiters. */
class NoticesTest {
    private static final long HEAD = 0x880000;
    private static final int SECTION = (int) (HEAD >> 15);

    private final Notices notices = new Notices();
    private long ordinal;
    private long now;

    @BeforeEach
    void map() {
        happens(new Event.Mapped(new PgmapSpec(
                "pmem0",
                MemoryType.FS_DAX,
                List.of(new PfnRange(HEAD, 32768)),
                new Geometry(9),
                BasePage.KIB_4,
                Protocol.V5_5)));
    }

    private void happens(Event event) {
        notices.observe(new Recorded(++ordinal, now, event));
    }

    private static List<Run> heads(int count) {
        return List.of(new Run(HEAD, count, 1));
    }

    private void grab(String holder, GrabKind kind, int heads) {
        happens(new Event.Grabbed("pmem0", SECTION, 1, holder, 1, kind, heads(heads), 0, 0));
    }

    private void release(String holder, GrabKind kind, int heads, ReleaseCause cause) {
        happens(new Event.Released("pmem0", SECTION, holder, 1, kind, heads(heads), cause, 0, 0));
    }

    private void freed(int heads) {
        happens(new Event.Freed("pmem0", SECTION, heads(heads)));
    }

    @Test
    void shouldTellNoticesByWhatTheLastReferenceWentBy() {
        grab("w1", GrabKind.PIN, 3);
        release("w1", GrabKind.PIN, 3, ReleaseCause.PUT);
        freed(3);
        grab("vm1", GrabKind.MAP, 2);
        release("vm1", GrabKind.MAP, 2, ReleaseCause.UNMAP);
        freed(2);
        happens(new Event.BaseDropped("pmem0", SECTION, 64, true, 0));
        freed(1);

        Notices.Noted noted = notices.noted();
        assertAll(
                () -> assertEquals(6, noted.freed()),
                () -> assertEquals(Map.of(ReleaseCause.PUT, 3L, ReleaseCause.UNMAP, 2L), noted.freedBy()),
                () -> assertEquals(1, noted.freedByTeardown()),
                () -> assertEquals(0, noted.freedWhileHeld()));
    }

    @Test
    void shouldSeeThatPagesAreHeldWhichTeardownCallsIdle() {
        grab("holder", GrabKind.GET, 2);
        happens(new Event.BaseDropped("pmem0", SECTION, 64, true, 2));
        freed(3);

        assertEquals(2, notices.noted().freedWhileHeld());
    }

    @Test
    void shouldCountAsLateOnlyWhatWasGrantedOutOfUseAndGivenBackByItsOwnWalk() {
        grab("user", GrabKind.PIN, 1);
        grab("late", GrabKind.GET, 3);
        release("late", GrabKind.GET, 3, ReleaseCause.UNWIND);
        grab("punctual", GrabKind.GET, 3);
        release("punctual", GrabKind.GET, 3, ReleaseCause.PUT);

        assertEquals(Map.of(GrabKind.GET, 2L), notices.noted().late(), "the first of the three was in use");
    }

    @Test
    void shouldTellHowLongWaitersWaitedAndForWhat() {
        grab("user", GrabKind.PIN, 1);
        happens(new Event.WaiterAdded("pmem0", SECTION, HEAD, "waiter-1"));
        now = 5_000_000;
        release("user", GrabKind.PIN, 1, ReleaseCause.PUT);
        happens(new Event.WaiterTold("pmem0", SECTION, HEAD, "waiter-1", true));
        happens(new Event.WaiterAdded("pmem0", SECTION, HEAD, "waiter-2"));
        happens(new Event.WaiterTold("pmem0", SECTION, HEAD, "waiter-2", true));
        happens(new Event.WaiterAdded("pmem0", SECTION, HEAD, "waiter-3"));
        happens(new Event.WaiterTold("pmem0", SECTION, HEAD, "waiter-3", false));

        Notices.Noted noted = notices.noted();
        assertAll(
                () -> assertEquals(3, noted.waiters()),
                () -> assertEquals(2, noted.toldIdle()),
                () -> assertEquals(Map.of(ReleaseCause.PUT, 1L), noted.toldBy(), "the second found it idle"),
                () -> assertEquals(5.0, noted.waitNanos().getMaxValue() / 1e6, 0.1),
                () -> assertEquals(0, noted.toldWhileHeld()));
    }

    @Test
    void shouldSeeWaitersThatAreToldTooEarly() {
        grab("user", GrabKind.PIN, 1);
        happens(new Event.WaiterAdded("pmem0", SECTION, HEAD, "waiter-1"));
        happens(new Event.WaiterTold("pmem0", SECTION, HEAD, "waiter-1", true));

        assertEquals(1, notices.noted().toldWhileHeld());
    }

    @Test
    void shouldForgetADeviceThatWasCleanedUp() {
        grab("user", GrabKind.PIN, 1);
        happens(new Event.CleanedUp("pmem0"));
        map();
        freed(1);

        assertEquals(0, notices.noted().freedWhileHeld());
    }
}
