package org.pagepool.runtime.dax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.dax.LayoutBreak.Action;
import org.pagepool.runtime.dax.LayoutBreak.Input;
import org.pagepool.runtime.dax.LayoutBreak.Phase;
import org.pagepool.runtime.dax.LayoutBreak.Step;
import org.pagepool.runtime.protocol.LayoutWait;
import org.pagepool.runtime.protocol.Protocol;

/** What comes when in a truncation (B32-B34), and that nothing comes early (R6, R14-R16). */
class LayoutBreakTest {
    private static Step run(Step from, Input... inputs) {
        Step step = from;
        for (Input input : inputs) {
            step = step.state().on(input);
        }
        return step;
    }

    private static Step begin(LayoutWait mode) {
        return LayoutBreak.begin(Protocol.V6_15, mode);
    }

    @Test
    @DisplayName("B32: unmap first, then look, then delete, and only then give the blocks back")
    void shouldGoThroughTheStepsInOrder() {
        Step step = begin(LayoutWait.DROP_RETRY);
        assertEquals(List.of(Action.TAKE_LOCK), step.actions());
        step = run(step, Input.LOCKED);
        assertEquals(List.of(Action.UNMAP), step.actions());
        step = run(step, Input.UNMAPPED);
        assertEquals(List.of(Action.SCAN), step.actions());
        step = run(step, Input.FOUND_IDLE);
        assertEquals(List.of(Action.DELETE_ENTRIES), step.actions());
        step = run(step, Input.DELETED);
        assertEquals(List.of(Action.GIVE_BLOCKS_BACK), step.actions());
        assertTrue(step.state().locked());
        step = run(step, Input.FREED);
        assertEquals(List.of(Action.DROP_LOCK, Action.SUCCEED), step.actions());
        assertTrue(step.state().over());
    }

    @Test
    @DisplayName("B33, R15: the lock is dropped before it waits")
    void shouldDropTheLockBeforeItWaits() {
        Step busy = run(begin(LayoutWait.DROP_RETRY), Input.LOCKED, Input.UNMAPPED, Input.FOUND_BUSY);
        assertEquals(List.of(Action.DROP_LOCK, Action.AWAIT_IDLE), busy.actions());
        assertFalse(busy.state().locked());
    }

    @Test
    @DisplayName("B33, R16: woken, it begins again: lock, unmap, look")
    void shouldSearchAgainFromTheStart() {
        Step busy = run(begin(LayoutWait.DROP_RETRY), Input.LOCKED, Input.UNMAPPED, Input.FOUND_BUSY);
        Step woken = run(busy, Input.WOKEN);
        assertEquals(List.of(Action.TAKE_LOCK), woken.actions());
        assertEquals(List.of(Action.UNMAP), run(woken, Input.LOCKED).actions());
        assertEquals(
                List.of(Action.SCAN), run(woken, Input.LOCKED, Input.UNMAPPED).actions());
        Step again = run(woken, Input.LOCKED, Input.UNMAPPED, Input.FOUND_BUSY);
        assertEquals(List.of(Action.DROP_LOCK, Action.AWAIT_IDLE), again.actions(), "another page, another wait");
        assertEquals(2, again.state().waits());
    }

    @Test
    @DisplayName("D9, R15: holding the lock, it waits with it")
    void shouldWaitWithTheLockWhereTheProtocolSaysSo() {
        Step busy = run(begin(LayoutWait.HOLD_LOCKS), Input.LOCKED, Input.UNMAPPED, Input.FOUND_BUSY);
        assertEquals(List.of(Action.AWAIT_IDLE), busy.actions());
        assertTrue(busy.state().locked());
        assertEquals(List.of(Action.UNMAP), run(busy, Input.WOKEN).actions());
    }

    @Test
    @DisplayName("B33: not waiting, it is refused at once; the range is unmapped, the entries stay")
    void shouldRefuseAtOnceWhereItMayNotWait() {
        Step busy = run(begin(LayoutWait.NON_BLOCKING), Input.LOCKED, Input.UNMAPPED, Input.FOUND_BUSY);
        assertEquals(List.of(Action.DROP_LOCK, Action.REFUSE), busy.actions());
        assertEquals(Phase.REFUSED, busy.state().phase());
    }

    @Test
    @DisplayName("B34: eviction is not interrupted and keeps the lock")
    void shouldNotInterruptAnEviction() {
        Step busy = run(begin(LayoutWait.FINAL), Input.LOCKED, Input.UNMAPPED, Input.FOUND_BUSY);
        assertEquals(List.of(Action.AWAIT_IDLE), busy.actions());
        Step stopped = run(busy, Input.STOP);
        assertEquals(busy.state(), stopped.state());
        assertEquals(List.of(), stopped.actions());
    }

    @Test
    @DisplayName("B33: a signal ends the wait with a refusal")
    void shouldEndTheWaitOnASignal() {
        Step waiting = run(begin(LayoutWait.DROP_RETRY), Input.LOCKED, Input.UNMAPPED, Input.FOUND_BUSY);
        assertEquals(
                List.of(Action.STOP_WAITING, Action.REFUSE),
                run(waiting, Input.STOP).actions());
        Step holding = run(begin(LayoutWait.HOLD_LOCKS), Input.LOCKED, Input.UNMAPPED, Input.FOUND_BUSY);
        assertEquals(
                List.of(Action.STOP_WAITING, Action.DROP_LOCK, Action.REFUSE),
                run(holding, Input.STOP).actions());
    }

    @Test
    @DisplayName("B33: a signal that came earlier lets it succeed if there is nothing to wait for")
    void shouldOnlyRefuseToSleepAfterASignal() {
        Step stopped = run(begin(LayoutWait.DROP_RETRY), Input.STOP, Input.LOCKED, Input.UNMAPPED);
        assertEquals(
                List.of(Action.DELETE_ENTRIES), run(stopped, Input.FOUND_IDLE).actions());
        assertEquals(
                List.of(Action.DROP_LOCK, Action.REFUSE),
                run(stopped, Input.FOUND_BUSY).actions());
    }

    @Test
    void shouldEndWithTheDeviceWhereverItIsUnlessItIsTakingAway() {
        Step waiting = run(begin(LayoutWait.FINAL), Input.LOCKED, Input.UNMAPPED, Input.FOUND_BUSY);
        assertEquals(
                List.of(Action.STOP_WAITING, Action.DROP_LOCK, Action.REFUSE),
                run(waiting, Input.GONE).actions());
        Step deleting = run(begin(LayoutWait.FINAL), Input.LOCKED, Input.UNMAPPED, Input.FOUND_IDLE);
        assertEquals(deleting.state(), run(deleting, Input.GONE).state());
    }

    @Test
    @DisplayName("R6: where it does not unmap first, it looks before it unmaps")
    void shouldShowTheWrongOrderWhereItIsAskedFor() {
        Protocol wrong = Protocol.V6_15.with("layout.unmap-first", "false");
        Step step = run(LayoutBreak.begin(wrong, LayoutWait.DROP_RETRY), Input.LOCKED);
        assertEquals(List.of(Action.SCAN), step.actions());
        assertEquals(List.of(Action.UNMAP), run(step, Input.FOUND_IDLE).actions());
        assertEquals(
                List.of(Action.DELETE_ENTRIES),
                run(step, Input.FOUND_IDLE, Input.UNMAPPED).actions());
    }

    @Test
    @DisplayName("R16: where it does not search again, it deletes what it woke up for")
    void shouldShowTheMissingSearchWhereItIsAskedFor() {
        Protocol wrong = Protocol.V6_15.with("layout.rescan", "false");
        Step step = run(
                LayoutBreak.begin(wrong, LayoutWait.DROP_RETRY),
                Input.LOCKED,
                Input.UNMAPPED,
                Input.FOUND_BUSY,
                Input.WOKEN,
                Input.LOCKED,
                Input.UNMAPPED);
        assertEquals(List.of(Action.DELETE_ENTRIES), step.actions());
    }

    @Test
    void shouldRefuseAnswersItDidNotAskFor() {
        LayoutBreak state = begin(LayoutWait.DROP_RETRY).state();
        assertThrows(IllegalStateException.class, () -> state.on(Input.FREED));
        assertThrows(IllegalStateException.class, () -> state.on(Input.WOKEN));
    }

    /** Whatever is answered: it never deletes without the lock and a search that found nothing, and it ends. */
    @Property(tries = 1000)
    void shouldNeverTakeAwayWhatItHasNotSeenIdle(
            @ForAll LayoutWait mode, @ForAll @Size(max = 40) List<Boolean> busy, @ForAll @Size(40) List<Boolean> stop) {
        Step step = begin(mode);
        boolean idle = false;
        Set<Action> done = EnumSet.noneOf(Action.class);
        for (int i = 0; i < 400 && !step.state().over(); i++) {
            if (stop.get(i % 40) && i < 40) {
                step = run(step, Input.STOP);
                done.addAll(step.actions());
            }
            LayoutBreak state = step.state();
            if (state.over()) {
                break;
            }
            Input next = switch (state.phase()) {
                case LOCK -> Input.LOCKED;
                case UNMAP -> Input.UNMAPPED;
                case SCAN -> i < busy.size() && busy.get(i) ? Input.FOUND_BUSY : Input.FOUND_IDLE;
                case WAIT -> Input.WOKEN;
                case DELETE -> Input.DELETED;
                default -> Input.FREED;
            };
            idle = next == Input.FOUND_IDLE || (idle && state.phase() != Phase.LOCK);
            step = run(step, next);
            done.addAll(step.actions());
            if (step.actions().contains(Action.DELETE_ENTRIES)) {
                assertTrue(idle && step.state().locked());
            }
        }
        assertTrue(step.state().over());
        assertFalse(step.state().locked());
        assertEquals(done.contains(Action.SUCCEED), done.contains(Action.GIVE_BLOCKS_BACK));
        assertTrue(done.contains(Action.SUCCEED) != done.contains(Action.REFUSE));
    }
}
