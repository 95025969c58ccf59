package org.pagepool.demo.conform;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.audit.Auditor;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Event.Grabbed;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.gup.Pin;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.Run;

/**
 * What the rows of {@link InvariantRows} run: a pool is used and torn down, the auditor finds nothing; then one event of
 * what happened is changed, left out or told twice, and the auditor must find that invariant broken.
 */
final class InvariantChecks {
    private InvariantChecks() {}

    static void sumOfHolders(Scene scene) {
        found(scene, Invariant.I1, changed(Grabbed.class, e -> true, e -> counting(e, 1, 0)));
    }

    static void sumOfPins(Scene scene) {
        found(scene, Invariant.I2, changed(Grabbed.class, e -> e.kind() == GrabKind.PIN, e -> counting(e, 0, 1)));
    }

    static void noticeWhileHeld(Scene scene) {
        found(scene, Invariant.I3, history -> {
            int at = first(history, Grabbed.class, e -> e.kind() == GrabKind.PIN);
            Grabbed grabbed = (Grabbed) history.get(at);
            Run head = new Run(grabbed.runs().get(0).firstHead(), 1, 1);
            return with(history, at + 1, new Event.Freed(grabbed.pgmap(), grabbed.section(), List.of(head)));
        });
    }

    static void grantAfterDrained(Scene scene) {
        found(scene, Invariant.I4, history -> {
            Grabbed grabbed = (Grabbed) history.get(first(history, Grabbed.class, e -> e.kind() == GrabKind.PIN));
            Grabbed late = new Grabbed(
                    grabbed.pgmap(),
                    grabbed.section(),
                    grabbed.epoch(),
                    "late",
                    1,
                    grabbed.kind(),
                    grabbed.runs(),
                    grabbed.refcountSum(),
                    grabbed.pincountSum());
            return with(history, first(history, Event.Drained.class, e -> true) + 1, late);
        });
    }

    /** One reference too many all the way: the gates and their sum agree, and what pages and walks hold differs. */
    static void shareOfTheGate(Scene scene) {
        found(scene, Invariant.I5, history -> {
            List<Event> gate = changed(
                            Event.GateClosed.class,
                            e -> true,
                            e -> new Event.GateClosed(e.pgmap(), e.section(), e.share() + 1, e.walks()))
                    .apply(history);
            return changed(
                            Event.KillConfirmed.class,
                            e -> true,
                            e -> new Event.KillConfirmed(e.pgmap(), e.shares() + 1))
                    .apply(gate);
        });
    }

    static void cleanedUpTwice(Scene scene) {
        found(scene, Invariant.I6, toldTwice(Event.CleanedUp.class));
    }

    static void givenBackTwice(Scene scene) {
        found(scene, Invariant.I7, toldTwice(Event.Released.class));
    }

    static void waiterForgotten(Scene scene) {
        found(scene, Invariant.I8, leftOut(Event.WaiterTold.class));
    }

    static void tailGrabbed(Scene scene) {
        found(scene, Invariant.I9, changed(Grabbed.class, e -> e.kind() == GrabKind.PIN, e -> {
            Run run = e.runs().get(0);
            return new Grabbed(
                    e.pgmap(),
                    e.section(),
                    e.epoch(),
                    e.holder(),
                    e.sequence(),
                    e.kind(),
                    List.of(new Run(run.firstHead() + 1, run.heads(), run.refs())),
                    e.refcountSum(),
                    e.pincountSum());
        }));
    }

    static void neverCleanedUp(Scene scene) {
        found(scene, Invariant.I12, leftOut(Event.CleanedUp.class));
    }

    // ---- a history, and what is done to it

    /** A device is mapped, pinned, got, waited for and torn down. */
    private static List<Event> history(Scene scene) {
        Device device = scene.map(scene.device(MemoryType.GENERIC));
        Space space = scene.space("vm1", device);
        Walker walker = scene.walker("w7", space);
        Pin pin = scene.pinned(scene.get(walker.pin(0, 700)));
        Pin get = scene.pinned(scene.get(walker.get(512, 10)));
        CompletionStage<Boolean> idle = device.awaitIdle(device.spec().pfnAt(0), Scene.SOON);
        scene.get(walker.unpin(pin));
        scene.get(walker.put(get));
        scene.get(space.zap(0, 1024));
        scene.expect("the waiter is told", true, scene.get(idle));
        scene.get(device.closeWhenIdle(Scene.SOON));
        scene.clean();
        return scene.events(Event.class);
    }

    private static void found(Scene scene, Invariant invariant, UnaryOperator<List<Event>> change) {
        Verdict verdict = audit(change.apply(history(scene)));
        if (!verdict.broken().contains(invariant)) {
            throw new CheckFailure(
                    "invariants broken by the change", "one of them " + invariant, String.valueOf(verdict.broken()));
        }
    }

    private static Verdict audit(List<Event> history) {
        Auditor auditor = new Auditor();
        for (int i = 0; i < history.size(); i++) {
            auditor.observe(new Recorded(i + 1, i, history.get(i)));
        }
        return auditor.verdict(true);
    }

    private static Grabbed counting(Grabbed e, long refs, long pins) {
        return new Grabbed(
                e.pgmap(),
                e.section(),
                e.epoch(),
                e.holder(),
                e.sequence(),
                e.kind(),
                e.runs(),
                e.refcountSum() + refs,
                e.pincountSum() + pins);
    }

    private static <E extends Event> UnaryOperator<List<Event>> changed(
            Class<E> type, Predicate<E> which, UnaryOperator<E> change) {
        return history -> {
            int at = first(history, type, which);
            List<Event> out = new ArrayList<>(history);
            out.set(at, change.apply(type.cast(history.get(at))));
            return out;
        };
    }

    private static <E extends Event> UnaryOperator<List<Event>> toldTwice(Class<E> type) {
        return history -> {
            int at = first(history, type, e -> true);
            return with(history, at + 1, history.get(at));
        };
    }

    private static <E extends Event> UnaryOperator<List<Event>> leftOut(Class<E> type) {
        return history -> {
            List<Event> out = new ArrayList<>(history);
            out.remove(first(history, type, e -> true));
            return out;
        };
    }

    private static List<Event> with(List<Event> history, int at, Event more) {
        List<Event> out = new ArrayList<>(history);
        out.add(at, more);
        return out;
    }

    private static <E extends Event> int first(List<Event> history, Class<E> type, Predicate<E> which) {
        for (int i = 0; i < history.size(); i++) {
            if (type.isInstance(history.get(i)) && which.test(type.cast(history.get(i)))) {
                return i;
            }
        }
        throw new CheckFailure("an event to change", type.getSimpleName(), "none in " + history.size() + " events");
    }
}
