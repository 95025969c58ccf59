package org.pagepool.runtime.teardown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.teardown.TeardownState.Action;
import org.pagepool.runtime.teardown.TeardownState.Input;
import org.pagepool.runtime.teardown.TeardownState.Phase;
import org.pagepool.runtime.teardown.TeardownState.Step;

/** What comes when in a teardown (B11-B13), and that nothing comes early (R6, R7, R12). */
class TeardownStateTest {
    @Test
    void shouldZapOnlyAfterEverySectionHasConfirmedTheKill() {
        Step step = TeardownState.begin(CloseVerb.WHEN_IDLE, true, 2, 1);
        assertEquals(List.of(Action.CLOSE_GATES), step.actions());
        step = step.state().on(Input.GATE_CLOSED);
        assertEquals(List.of(), step.actions(), "one section may still give live references (R12)");
        step = step.state().on(Input.GATE_CLOSED);
        assertEquals(List.of(Action.CONFIRM_KILL, Action.ZAP_SPACES), step.actions());
        assertEquals(Phase.ZAP, step.state().phase());
    }

    @Test
    void shouldDropBasesOnlyAfterTheEntriesAreGone() {
        Step step = confirmed(TeardownState.begin(CloseVerb.WHEN_IDLE, true, 1, 2), 1);
        step = step.state().on(Input.ZAPPED);
        assertEquals(List.of(), step.actions(), "an entry that is still there may be walked (R6)");
        step = step.state().on(Input.ZAPPED);
        assertEquals(List.of(Action.DROP_BASES), step.actions());
    }

    @Test
    void shouldSkipTheZapWhereTheProtocolHasNone() {
        Step step = confirmed(TeardownState.begin(CloseVerb.WHEN_IDLE, false, 1, 2), 1);
        assertEquals(List.of(Action.CONFIRM_KILL, Action.DROP_BASES), step.actions());
    }

    @Test
    void shouldNotBeDrainedBeforeTheLastShare() {
        Step step = confirmed(TeardownState.begin(CloseVerb.WHEN_IDLE, true, 2, 0), 2);
        step = step.state()
                .on(Input.BASE_DROPPED)
                .state()
                .on(Input.SHARE_DRAINED)
                .state()
                .on(Input.BASE_DROPPED);
        assertEquals(Phase.WAIT, step.state().phase());
        assertEquals(List.of(), step.actions());
        step = step.state().on(Input.SHARE_DRAINED);
        assertEquals(List.of(Action.RECORD_DRAINED, Action.RETIRE_SECTIONS), step.actions());
    }

    @Test
    void shouldCleanUpOnlyWhenSectionsAndLookupHaveConfirmed() {
        Step step = TeardownState.begin(CloseVerb.WHEN_IDLE, true, 0, 0);
        assertEquals(Phase.RETIRE, step.state().phase(), "a device nobody ever used is drained at once");
        assertEquals(
                List.of(
                        Action.CLOSE_GATES,
                        Action.CONFIRM_KILL,
                        Action.DROP_BASES,
                        Action.RECORD_DRAINED,
                        Action.RETIRE_SECTIONS),
                step.actions());
        step = step.state().on(Input.RETIRED);
        assertEquals(List.of(Action.CLEAN_UP), step.actions(), "the lookup has forgotten it (R7)");
        assertEquals(Phase.DONE, step.state().phase());
    }

    @Test
    void shouldRevokeOnceAndOnlyAfterTheZap() {
        Step step = confirmed(TeardownState.begin(CloseVerb.REVOKE, true, 1, 1), 1);
        assertTrue(!step.actions().contains(Action.REVOKE_HOLDERS));
        step = step.state().on(Input.ZAPPED);
        assertEquals(List.of(Action.REVOKE_HOLDERS, Action.DROP_BASES), step.actions());
        assertEquals(List.of(), step.state().on(Input.REVOKE).actions(), "asked twice, done once");
    }

    @Test
    void shouldEscalateAWaitingTeardown() {
        Step step = confirmed(TeardownState.begin(CloseVerb.WHEN_IDLE, true, 1, 0), 1);
        step = step.state().on(Input.BASE_DROPPED);
        assertEquals(
                List.of(Action.REVOKE_HOLDERS), step.state().on(Input.REVOKE).actions());
    }

    @Test
    void shouldRefuseAnAnswerThatWasCountedBefore() {
        Step step = confirmed(TeardownState.begin(CloseVerb.WHEN_IDLE, true, 1, 1), 1);
        assertThrows(IllegalStateException.class, () -> step.state().on(Input.GATE_CLOSED));
    }

    @Test
    @DisplayName("B11: a driver's own reference is killed before anything else, and waited for when the bases are put")
    void shouldKillTheDriversReferenceFirstAndWaitForItLast() {
        Step step = TeardownState.begin(CloseVerb.WHEN_IDLE, true, 1, 0, true, 0);
        assertEquals(List.of(Action.KILL_DRIVER, Action.CLOSE_GATES), step.actions());
        step = step.state().on(Input.GATE_CLOSED).state().on(Input.SHARE_DRAINED);
        assertEquals(List.of(), step.actions());
        step = step.state().on(Input.BASE_DROPPED);
        assertEquals(List.of(Action.AWAIT_DRIVER), step.actions());
        assertEquals(Phase.WAIT, step.state().phase(), "all shares are zero, and the driver's reference is not");
        step = step.state().on(Input.OTHER_DRAINED);
        assertEquals(List.of(Action.RECORD_DRAINED, Action.RETIRE_SECTIONS), step.actions());
    }

    @Test
    @DisplayName("B39: poison that is being handled holds the pgmap")
    void shouldWaitForWhoeverHoldsThePgmapAsSuch() {
        Step step = confirmed(TeardownState.begin(CloseVerb.WHEN_IDLE, true, 1, 0, false, 2), 1);
        step = step.state()
                .on(Input.OTHER_DRAINED)
                .state()
                .on(Input.BASE_DROPPED)
                .state()
                .on(Input.SHARE_DRAINED);
        assertEquals(List.of(), step.actions());
        Step last = step.state().on(Input.OTHER_DRAINED);
        assertEquals(List.of(Action.RECORD_DRAINED, Action.RETIRE_SECTIONS), last.actions());
        assertThrows(IllegalStateException.class, () -> last.state().on(Input.OTHER_DRAINED));
    }

    /** In whatever order the answers come, each thing is done once, in order, and the end is reached (I6, I12). */
    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void shouldReachTheEndWhateverTheOrderOfAnswers(
            @ForAll @IntRange(min = 0, max = 5) int sections,
            @ForAll @IntRange(min = 0, max = 3) int spaces,
            @ForAll boolean zapFirst,
            @ForAll CloseVerb verb,
            @ForAll boolean external,
            @ForAll @IntRange(min = 0, max = 2) int others,
            @ForAll long seed) {
        java.util.SplittableRandom random = new java.util.SplittableRandom(seed);
        List<Action> done = new ArrayList<>();
        List<Input> due = new ArrayList<>();
        add(due, Input.OTHER_DRAINED, others);
        Step step = TeardownState.begin(verb, zapFirst, sections, spaces, external, others);
        while (true) {
            for (Action action : step.actions()) {
                done.add(action);
                switch (action) {
                    case CLOSE_GATES -> add(due, Input.GATE_CLOSED, sections);
                    case ZAP_SPACES -> add(due, Input.ZAPPED, spaces);
                    case DROP_BASES -> {
                        add(due, Input.BASE_DROPPED, sections);
                        add(due, Input.SHARE_DRAINED, sections);
                    }
                    case AWAIT_DRIVER -> add(due, Input.OTHER_DRAINED, 1);
                    case RETIRE_SECTIONS -> add(due, Input.RETIRED, sections + 1);
                    default -> {}
                }
            }
            if (due.isEmpty()) {
                break;
            }
            step = step.state().on(due.remove(random.nextInt(due.size())));
        }
        assertEquals(Phase.DONE, step.state().phase());
        List<Action> expected = new ArrayList<>(List.of(Action.CLOSE_GATES, Action.CONFIRM_KILL));
        if (external) {
            expected.add(0, Action.KILL_DRIVER);
        }
        if (zapFirst && spaces > 0) {
            expected.add(Action.ZAP_SPACES);
        }
        if (verb == CloseVerb.REVOKE) {
            expected.add(Action.REVOKE_HOLDERS);
        }
        expected.add(Action.DROP_BASES);
        if (external) {
            expected.add(Action.AWAIT_DRIVER);
        }
        expected.addAll(List.of(Action.RECORD_DRAINED, Action.RETIRE_SECTIONS, Action.CLEAN_UP));
        assertEquals(expected, done);
    }

    private static void add(List<Input> due, Input input, int n) {
        for (int i = 0; i < n; i++) {
            due.add(input);
        }
    }

    private static Step confirmed(Step begun, int sections) {
        Step step = begun;
        for (int i = 0; i < sections; i++) {
            step = step.state().on(Input.GATE_CLOSED);
        }
        return step;
    }
}
