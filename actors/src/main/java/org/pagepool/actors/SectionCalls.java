package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * A holder's requests to sections: numbers them, keeps those that are not answered, sends them again. Each request is
 * answered exactly once as far as the holder can see, whatever the link loses or repeats. Confined to its actor.
 */
final class SectionCalls {
    /** A request that is not answered yet. */
    static final class Call extends Timed {
        final long sequence;
        final PgmapSpec pgmap;
        final int section;
        final ActorRef<Section.Command> target;
        final Section.Command message;
        /** What the holder wanted it for. */
        final Object purpose;
        /** Which part of that. */
        final int part;

        /** Nobody waits for it any more; what it grants is given back. */
        boolean abandoned;

        private Call(
                long sequence,
                PgmapSpec pgmap,
                int section,
                ActorRef<Section.Command> target,
                Section.Command message,
                Object purpose,
                int part) {
            this.sequence = sequence;
            this.pgmap = pgmap;
            this.section = section;
            this.target = target;
            this.message = message;
            this.purpose = purpose;
            this.part = part;
        }

        boolean isGrab() {
            return message instanceof Section.Grab;
        }
    }

    /** Grabs that go in one message. */
    private static final int TOGETHER_MAX = 64;

    private final String holder;
    private final ActorRef<Section.ToHolder> self;
    private final Wiring wiring;
    private final ByNumber<Call> open = new ByNumber<>();
    private final List<Section.Grab> held = new ArrayList<>();
    private @Nullable ActorRef<Section.Command> heldFor;
    private boolean holding;
    private int grabMessages;
    private long sequence;

    SectionCalls(String holder, ActorRef<Section.ToHolder> self, Wiring wiring) {
        this.holder = holder;
        this.self = self;
        this.wiring = wiring;
    }

    /** Asks a section for references. */
    Call grab(
            PgmapSpec pgmap,
            int section,
            ActorRef<Section.Command> target,
            GrabKind kind,
            List<Run> runs,
            int refsPerGrab,
            Object purpose,
            int part) {
        long next = ++sequence;
        boolean walks = kind == GrabKind.GET || kind == GrabKind.PIN;
        return send(new Call(
                next,
                pgmap,
                section,
                target,
                new Section.Grab(holder, self, next, floor(next), kind, runs, refsPerGrab, walks),
                purpose,
                part));
    }

    /** Gives references back to a section. */
    Call release(
            PgmapSpec pgmap,
            int section,
            ActorRef<Section.Command> target,
            long grabSequence,
            GrabKind kind,
            List<Run> runs,
            ReleaseCause cause,
            Object purpose,
            int part) {
        return release(pgmap, section, target, grabSequence, kind, runs, cause, false, purpose, part);
    }

    /** Gives references back to a section, and says whether their pages were written to. */
    Call release(
            PgmapSpec pgmap,
            int section,
            ActorRef<Section.Command> target,
            long grabSequence,
            GrabKind kind,
            List<Run> runs,
            ReleaseCause cause,
            boolean dirty,
            Object purpose,
            int part) {
        long next = ++sequence;
        return send(new Call(
                next,
                pgmap,
                section,
                target,
                new Section.Release(holder, self, next, floor(next), holder, grabSequence, kind, runs, cause, dirty),
                purpose,
                part));
    }

    /** Ties heads to a file. */
    Call tie(
            PgmapSpec pgmap,
            int section,
            ActorRef<Section.Command> target,
            String file,
            List<Run> runs,
            long index,
            Object purpose,
            int part) {
        return tie(pgmap, section, target, file, runs, index, false, purpose, part);
    }

    /** Ties heads to a file, those that none has yet. */
    Call tieOnce(
            PgmapSpec pgmap,
            int section,
            ActorRef<Section.Command> target,
            String file,
            List<Run> runs,
            long index,
            Object purpose,
            int part) {
        return tie(pgmap, section, target, file, runs, index, true, purpose, part);
    }

    private Call tie(
            PgmapSpec pgmap,
            int section,
            ActorRef<Section.Command> target,
            String file,
            List<Run> runs,
            long index,
            boolean once,
            Object purpose,
            int part) {
        long next = ++sequence;
        return send(new Call(
                next,
                pgmap,
                section,
                target,
                new Section.Tie(holder, self, next, floor(next), file, runs, index, once),
                purpose,
                part));
    }

    /** Lets a file let go of heads. */
    Call untie(
            PgmapSpec pgmap,
            int section,
            ActorRef<Section.Command> target,
            String file,
            List<Run> runs,
            Object purpose,
            int part) {
        long next = ++sequence;
        return send(new Call(
                next,
                pgmap,
                section,
                target,
                new Section.Untie(holder, self, next, floor(next), file, runs),
                purpose,
                part));
    }

    /** Ends what a walk keeps of the pgmap since a grab. */
    Call endWalk(
            PgmapSpec pgmap,
            int section,
            ActorRef<Section.Command> target,
            long grabSequence,
            Object purpose,
            int part) {
        long next = ++sequence;
        return send(new Call(
                next,
                pgmap,
                section,
                target,
                new Section.EndWalk(holder, self, next, floor(next), grabSequence),
                purpose,
                part));
    }

    /** From here to {@link #letGo} grabs in a row for the same section go there together. False if that is so already. */
    boolean hold() {
        boolean first = !holding;
        holding = true;
        return first;
    }

    /** Whether grabs go together now. */
    boolean holds() {
        return holding;
    }

    /** What was held is on its way; returns how many messages that took, by now, since {@link #hold}. */
    int letGo() {
        sendHeld();
        holding = false;
        int messages = grabMessages;
        grabMessages = 0;
        return messages;
    }

    private Call send(Call call) {
        open.add(call.sequence, call);
        if (holding && call.message instanceof Section.Grab grab) {
            if (!call.target.equals(heldFor) || held.size() == TOGETHER_MAX) {
                sendHeld();
                heldFor = call.target;
            }
            held.add(grab);
        } else {
            sendHeld();
            wiring.link().send(call.target, call.message);
        }
        return call;
    }

    private void sendHeld() {
        ActorRef<Section.Command> target = heldFor;
        if (target != null) {
            wiring.link().send(target, held.size() == 1 ? held.get(0) : new Section.Grabs(held));
            grabMessages++;
            heldFor = null;
            held.clear();
        }
    }

    private long floor(long next) {
        return open.firstNumber(next);
    }

    /** The call that {@code answered} belongs to, now closed; null for a repeated answer. */
    @Nullable
    Call close(long answered) {
        return open.remove(answered);
    }

    /** The open requests that give something of {@code pgmap} back, by their sequence; a set of the caller's own. */
    Set<Long> openReleases(PgmapSpec pgmap) {
        Set<Long> all = new HashSet<>();
        for (Call call : open) {
            if (call.message instanceof Section.Release && SectionDirectory.same(call.pgmap, pgmap)) {
                all.add(call.sequence);
            }
        }
        return all;
    }

    /** The number of the last request. */
    long last() {
        return sequence;
    }

    /** Requests that are open. */
    int open() {
        return open.size();
    }

    /** What the open requests were made for, each once. */
    Set<Object> purposes() {
        Set<Object> all = Collections.newSetFromMap(new IdentityHashMap<>());
        open.forEach(call -> all.add(call.purpose));
        return all;
    }

    /** True when no request is open. */
    boolean idle() {
        return open.isEmpty();
    }

    /** Sends again what has waited since the last time it was looked at, and too long. */
    void retry() {
        long now = wiring.time().nanos();
        long patience = wiring.limits().retryAfter().toNanos();
        for (Call call : open) {
            if (call.hasWaited(patience, now)) {
                call.again(now);
                wiring.link().send(call.target, again(call));
            }
        }
    }

    /** Says which answers have been seen by now, so that a section that remembers too many can forget some. */
    private Section.Command again(Call call) {
        long floor = open.firstNumber(call.sequence);
        return call.message instanceof Section.Numbered numbered ? numbered.withFloor(floor) : call.message;
    }

    /** Closes and returns all calls to a pgmap that is gone: nobody will answer them. */
    List<Call> lost(PgmapSpec gone) {
        List<Call> out = new ArrayList<>();
        for (Call call : open) {
            if (SectionDirectory.same(call.pgmap, gone)) {
                out.add(call);
            }
        }
        out.forEach(call -> open.remove(call.sequence));
        return out;
    }

    /** Gives up on the calls made for {@code purpose}: whatever they still grant will be given back. */
    void abandon(Object purpose) {
        open.forEach(call -> call.abandoned |= call.purpose == purpose);
    }
}
