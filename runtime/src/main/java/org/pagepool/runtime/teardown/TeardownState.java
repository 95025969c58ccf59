package org.pagepool.runtime.teardown;

import java.util.ArrayList;
import java.util.List;
import org.pagepool.runtime.event.CloseVerb;

/**
 * Teardown of one pgmap as a state machine: what has been done, what is to be done next. Immutable; the actor that runs it
 * does what {@link Step#actions} says and reports back with an {@link Input}.
 *
 * <p>The order is the heart of it (B11, B12, B13, B52), and every arrow waits for the answer of everybody concerned:
 *
 * <pre>
 *   KILL      close the gate in every section          until all have confirmed: no new live reference after this
 *   ZAP       remove the page-table entries            until all address spaces have; skipped where the protocol does
 *   DROP_BASE put the references mapping had taken     until all sections have
 *   WAIT      for the shares of the gate to come back  until the last one is zero: drained; where the driver brings a
 *                                                      reference of its own, for that too
 *   RETIRE    make every section refuse for good       until all have, and no lookup finds the pgmap any more
 *   DONE      cleanup has run, once
 * </pre>
 *
 * <p>Killing without waiting for the confirmation is race R12, zapping after testing the counts is R6, removing the lookup
 * after the pgmap is gone is R7. A share may reach zero while a later phase has not begun; it counts all the same.
 *
 * <p>In the eras up to v5.17 a driver may bring a reference of its own in place of the pgmap's (B11). It is killed before
 * anything else, and when the base references are put its operation is asked to wait for it. Whoever else holds the pgmap as
 * such and none of its pages, such as poison being handled (B39), is counted the same way.
 *
 * @param phase where it is
 * @param verb how it was asked for
 * @param zapFirst whether entries are removed at all (D2)
 * @param sectionsToConfirm sections that have not closed their gate yet
 * @param spacesToZap address spaces that still have to remove their entries
 * @param sectionsToDrop sections that have not dropped their base references yet
 * @param sectionsToDrain sections whose share is not zero
 * @param othersToDrain who else still holds the pgmap: its driver's own reference, poison being handled
 * @param external whether the driver brings a reference of its own
 * @param toRetire sections that have not confirmed their end, and the lookup
 * @param revoked whether the holders have been told to let go
 */
public record TeardownState(
        Phase phase,
        CloseVerb verb,
        boolean zapFirst,
        int sectionsToConfirm,
        int spacesToZap,
        int sectionsToDrop,
        int sectionsToDrain,
        int othersToDrain,
        boolean external,
        int toRetire,
        boolean revoked) {

    /** Where a teardown is. */
    public enum Phase {
        /** The gate is being closed. */
        KILL,
        /** Page-table entries are being removed. */
        ZAP,
        /** The references taken at map time are being put. */
        DROP_BASE,
        /** Waiting for whoever still refers to the pgmap. */
        WAIT,
        /** Drained; sections and lookup are being shut. */
        RETIRE,
        /** Cleaned up. */
        DONE
    }

    /** What the actor reports. */
    public enum Input {
        /** One more section has closed its gate. */
        GATE_CLOSED,
        /** One more address space has no entry left for this pgmap. */
        ZAPPED,
        /** One more section has dropped its base references. */
        BASE_DROPPED,
        /** One more section's share is zero. */
        SHARE_DRAINED,
        /** The driver's own reference has come back, or poison has been handled. */
        OTHER_DRAINED,
        /** One more section refuses everything, or the lookup finds the pgmap no more. */
        RETIRED,
        /** The holders' references are to be taken away. */
        REVOKE
    }

    /** What the actor has to do. */
    public enum Action {
        /** Call the driver's kill operation (E1). */
        KILL_DRIVER,
        /** Tell all sections to close their gate. */
        CLOSE_GATES,
        /** Record that the kill is confirmed. */
        CONFIRM_KILL,
        /** Ask all address spaces to remove their entries. */
        ZAP_SPACES,
        /** Ask all sections to take back what holders hold. */
        REVOKE_HOLDERS,
        /** Ask all sections to put the base references. */
        DROP_BASES,
        /** Call the driver's cleanup operation, which waits for its reference (E1). */
        AWAIT_DRIVER,
        /** Record that nothing refers to the pgmap any more. */
        RECORD_DRAINED,
        /** Remove the pgmap from lookup and tell all sections to refuse for good. */
        RETIRE_SECTIONS,
        /** Run cleanup, answer everybody. */
        CLEAN_UP
    }

    /** A state and what to do on entering it, in order. */
    public record Step(TeardownState state, List<Action> actions) {
        /** Copies the list. */
        public Step {
            actions = List.copyOf(actions);
        }
    }

    /** Begins: {@code sections} started sections, {@code spaces} address spaces that map the device, nobody else. */
    public static Step begin(CloseVerb verb, boolean zapFirst, int sections, int spaces) {
        return begin(verb, zapFirst, sections, spaces, false, 0);
    }

    /** Begins, where the driver may bring a reference of its own, and {@code others} hold the pgmap as such. */
    public static Step begin(CloseVerb verb, boolean zapFirst, int sections, int spaces, boolean external, int others) {
        TeardownState start = new TeardownState(
                Phase.KILL,
                verb,
                zapFirst,
                sections,
                zapFirst ? spaces : 0,
                sections,
                sections,
                others + (external ? 1 : 0),
                external,
                sections + 1,
                false);
        List<Action> actions = new ArrayList<>();
        if (external) {
            actions.add(Action.KILL_DRIVER);
        }
        actions.add(Action.CLOSE_GATES);
        return start.advance(actions);
    }

    /** The next state after {@code input}. */
    public Step on(Input input) {
        TeardownState next = switch (input) {
            case GATE_CLOSED -> minus(1, 0, 0, 0, 0, 0);
            case ZAPPED -> minus(0, 1, 0, 0, 0, 0);
            case BASE_DROPPED -> minus(0, 0, 1, 0, 0, 0);
            case SHARE_DRAINED -> minus(0, 0, 0, 1, 0, 0);
            case OTHER_DRAINED -> minus(0, 0, 0, 0, 1, 0);
            case RETIRED -> minus(0, 0, 0, 0, 0, 1);
            case REVOKE -> this;
        };
        List<Action> actions = new ArrayList<>();
        if (input == Input.REVOKE && !revoked && phase.compareTo(Phase.RETIRE) < 0) {
            boolean now = phase.compareTo(Phase.ZAP) > 0;
            if (now) {
                actions.add(Action.REVOKE_HOLDERS);
            }
            next = in(phase, CloseVerb.REVOKE, now);
        }
        return next.advance(actions);
    }

    private Step advance(List<Action> actions) {
        TeardownState s = this;
        if (s.phase == Phase.KILL && s.sectionsToConfirm == 0) {
            actions.add(Action.CONFIRM_KILL);
            s = s.in(Phase.ZAP);
            if (s.spacesToZap > 0) {
                actions.add(Action.ZAP_SPACES);
            }
        }
        if (s.phase == Phase.ZAP && s.spacesToZap == 0) {
            s = s.in(Phase.DROP_BASE);
            if (s.verb == CloseVerb.REVOKE && !s.revoked) {
                actions.add(Action.REVOKE_HOLDERS);
                s = s.in(s.phase, s.verb, true);
            }
            actions.add(Action.DROP_BASES);
        }
        if (s.phase == Phase.DROP_BASE && s.sectionsToDrop == 0) {
            s = s.in(Phase.WAIT);
            if (s.external) {
                actions.add(Action.AWAIT_DRIVER);
            }
        }
        if (s.phase == Phase.WAIT && s.sectionsToDrain == 0 && s.othersToDrain == 0) {
            actions.add(Action.RECORD_DRAINED);
            actions.add(Action.RETIRE_SECTIONS);
            s = s.in(Phase.RETIRE);
        }
        if (s.phase == Phase.RETIRE && s.toRetire == 0) {
            actions.add(Action.CLEAN_UP);
            s = s.in(Phase.DONE);
        }
        return new Step(s, actions);
    }

    private TeardownState in(Phase next) {
        return in(next, verb, revoked);
    }

    private TeardownState in(Phase next, CloseVerb how, boolean told) {
        return new TeardownState(
                next,
                how,
                zapFirst,
                sectionsToConfirm,
                spacesToZap,
                sectionsToDrop,
                sectionsToDrain,
                othersToDrain,
                external,
                toRetire,
                told);
    }

    private TeardownState minus(int confirmed, int zapped, int dropped, int drained, int others, int retired) {
        TeardownState left = new TeardownState(
                phase,
                verb,
                zapFirst,
                sectionsToConfirm - confirmed,
                spacesToZap - zapped,
                sectionsToDrop - dropped,
                sectionsToDrain - drained,
                othersToDrain - others,
                external,
                toRetire - retired,
                revoked);
        if (left.sectionsToConfirm < 0
                || left.spacesToZap < 0
                || left.sectionsToDrop < 0
                || left.sectionsToDrain < 0
                || left.othersToDrain < 0
                || left.toRetire < 0) {
            throw new IllegalStateException("teardown was told of one answer twice: phase=" + phase);
        }
        return left;
    }
}
