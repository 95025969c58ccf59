package org.pagepool.actors;

import akka.actor.Cancellable;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.journal.Receipt;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.page.Runs;
import org.pagepool.runtime.pgmap.Gate;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.FreeCleanup;
import org.pagepool.runtime.protocol.LayoutIdle;
import org.pagepool.runtime.protocol.RequestCount;
import org.pagepool.runtime.record.Lifecycle;
import org.pagepool.runtime.record.PageFlag;
import org.pagepool.runtime.record.PageRecord;
import org.pagepool.runtime.record.PageRecords;
import org.pagepool.runtime.section.Answer;
import org.pagepool.runtime.section.Held;
import org.pagepool.runtime.section.HolderLedger;
import org.pagepool.runtime.section.SectionLedger;
import org.pagepool.runtime.section.SectionState;
import org.pagepool.runtime.section.WalkRefs;

/**
 * 128 MiB of pfns of one pgmap: routes requests to its heads, keeps who holds what, holds its share of the pgmap's
 * reference, and watches the holders.
 *
 * <h2>How a request runs</h2>
 *
 * A request names heads by runs. The section asks each head once, all at the same time ({@link Heads}: by a message where
 * heads are actors), and answers its sender once, when every head has answered. Many requests may be under way at the same
 * time; they are finished strictly in the order in which they were sent to the heads. Each head sees messages in that same order, so the order of the events the
 * section records is, for every single head, the order in which its count really changed. That is what makes the history
 * of a section replayable and its sums comparable with what the heads say (I1, I2).
 *
 * <p>A grab that some head refuses keeps what lies before that head and gives back what lies behind it: the heads behind
 * were asked at the same time and may have granted. Giving back is a request of its own, at the end of the same queue, so
 * it too is in the history where it happened (B24).
 *
 * <p>A put takes effect in the ledger when it is accepted, not when the heads have answered: a second put of the same
 * reference that arrives in between finds nothing left to give back (I7). A grab takes effect when it is finished, for
 * only then is known what was granted.
 *
 * <h2>The gate</h2>
 *
 * The section holds a share of the pgmap's reference: for its pages as {@link
 * org.pagepool.runtime.protocol.Protocol#pageHoldsPgmapRef} says, for every grab under way, and, where the pages hold none,
 * for every walk that was granted something and has not ended ({@link WalkRefs}). After the gate was closed newcomers are
 * refused, grabs under way finish, and when the share is zero teardown is told, once.
 */
public final class Section extends AbstractBehavior<Section.Command> {
    /** What a section understands. Holders send {@link Grab} and {@link Release}; the rest comes from inside the pool. */
    public sealed interface Command {}

    /** A request with a number, that may come again and then changes nothing. */
    sealed interface Numbered extends Command {
        /** Who asks. */
        String holder();

        /** The request's number. */
        long sequence();

        /** The same request from a holder that has seen more answers meanwhile. */
        Command withFloor(long seen);
    }

    /**
     * Asks for references. Answered by one {@link GrabAnswer}; a repeat with the same sequence gets the same answer and
     * changes nothing (I7).
     *
     * @param holder the holder's name, unique in the pool
     * @param replyTo the holder; it is watched, and what it holds is released when it terminates
     * @param sequence the request's number, counted up by the holder over all its requests to all sections
     * @param floor the holder has seen the answers to all its requests below this sequence
     * @param kind get, pin, a page-table mapping, or a page to be handed out (one reference for each head)
     * @param runs heads of this section, sorted, not overlapping
     * @param refsPerGrab the most references one message to a head may ask for (D4)
     * @param walks the holder is a walk that keeps its pgmap reference until it says {@link EndWalk}; others have none once
     *     they are answered
     */
    public record Grab(
            String holder,
            ActorRef<ToHolder> replyTo,
            long sequence,
            long floor,
            GrabKind kind,
            List<Run> runs,
            int refsPerGrab,
            boolean walks)
            implements Numbered {
        /** From a holder that is no walk. */
        public Grab(
                String holder,
                ActorRef<ToHolder> replyTo,
                long sequence,
                long floor,
                GrabKind kind,
                List<Run> runs,
                int refsPerGrab) {
            this(holder, replyTo, sequence, floor, kind, runs, refsPerGrab, false);
        }

        @Override
        public Grab withFloor(long seen) {
            return new Grab(holder, replyTo, sequence, seen, kind, runs, refsPerGrab, walks);
        }
    }

    /**
     * Requests of one holder that go the same way together. Each is one of its own: those that are begun are answered together, by
     * one {@link GrabAnswers}, once the last of them has its answer; one that is refused at once, held back, or was answered before is
     * answered on its own, and a repeat of one that is under way not at all. A holder that waits too long for one of them sends that
     * again on its own.
     *
     * @param grabs in ascending order of their numbers, at least one, all of one holder
     */
    public record Grabs(List<Grab> grabs) implements Command {
        /** Refuses to have none, and copies the list. */
        public Grabs {
            grabs = List.copyOf(grabs);
            if (grabs.isEmpty()) {
                throw new IllegalArgumentException("no requests: want at least one");
            }
        }
    }

    /**
     * A walk has looked at its entries again and has what it gave back behind it: the pgmap reference it kept since that grab
     * goes back (B6). Answered by one {@link ReleaseAnswer} with no references; a repeat changes nothing.
     */
    public record EndWalk(String holder, ActorRef<ToHolder> replyTo, long sequence, long floor, long grabSequence)
            implements Numbered {
        @Override
        public EndWalk withFloor(long seen) {
            return new EndWalk(holder, replyTo, sequence, seen, grabSequence);
        }
    }

    /**
     * Gives references back. Answered by one {@link ReleaseAnswer}.
     *
     * @param owner whose reference it is; anyone but its owner is refused as foreign
     * @param grabSequence the grab that brought the references
     * @param runs which of them; empty for all that are left
     * @param dirty mark their heads as written to first, those that are not marked yet (B26)
     */
    public record Release(
            String holder,
            ActorRef<ToHolder> replyTo,
            long sequence,
            long floor,
            String owner,
            long grabSequence,
            GrabKind kind,
            List<Run> runs,
            ReleaseCause cause,
            boolean dirty)
            implements Numbered {
        /** Of pages that were not written to. */
        public Release(
                String holder,
                ActorRef<ToHolder> replyTo,
                long sequence,
                long floor,
                String owner,
                long grabSequence,
                GrabKind kind,
                List<Run> runs,
                ReleaseCause cause) {
            this(holder, replyTo, sequence, floor, owner, grabSequence, kind, runs, cause, false);
        }

        @Override
        public Release withFloor(long seen) {
            return new Release(holder, replyTo, sequence, seen, owner, grabSequence, kind, runs, cause, dirty);
        }
    }

    /**
     * Ties heads to a file: the first file's name and offset go into their record, from the second on they are counted (B31,
     * B36). Answered by one {@link TieAnswer}; a repeat changes nothing.
     *
     * @param index offset in the file of the first of them, in base pages; the others follow
     * @param once leave heads alone that a file has: a device is the only file of its pages, and each fault ties them
     *     again (B40, B41)
     */
    public record Tie(
            String holder,
            ActorRef<ToHolder> replyTo,
            long sequence,
            long floor,
            String file,
            List<Run> runs,
            long index,
            boolean once)
            implements Numbered {
        /** Ties heads whatever they are tied to. */
        public Tie(
                String holder,
                ActorRef<ToHolder> replyTo,
                long sequence,
                long floor,
                String file,
                List<Run> runs,
                long index) {
            this(holder, replyTo, sequence, floor, file, runs, index, false);
        }

        @Override
        public Tie withFloor(long seen) {
            return new Tie(holder, replyTo, sequence, seen, file, runs, index, once);
        }
    }

    /**
     * The pgmap says that these heads have been tied to its device's file as a whole, by a mapping that was populated. Those a
     * file has already stay as they are. Not answered.
     */
    record TieRow(String file, Run heads, long index) implements Command {}

    /** Lets a file let go of heads (B35). Answered by one {@link TieAnswer}; a repeat changes nothing. */
    public record Untie(
            String holder, ActorRef<ToHolder> replyTo, long sequence, long floor, String file, List<Run> runs)
            implements Numbered {
        @Override
        public Untie withFloor(long seen) {
            return new Untie(holder, replyTo, sequence, seen, file, runs);
        }
    }

    /**
     * Asks to be told when a head becomes idle, at once if it is.
     *
     * @param rule what idle means to truncation (D8); null for the count the head has when nobody holds it
     */
    public record AwaitIdle(
            long head, String waiter, @Nullable LayoutIdle rule, ActorRef<IdleAnswer> replyTo) implements Command {
        /** Waits until nobody holds it. */
        public AwaitIdle(long head, String waiter, ActorRef<IdleAnswer> replyTo) {
            this(head, waiter, null, replyTo);
        }
    }

    /** Asks for the first of these heads that is not idle by {@code rule} (B32). Changes nothing. */
    public record FindBusy(List<Run> runs, LayoutIdle rule, ActorRef<BusyFound> replyTo) implements Command {}

    /**
     * Asks which pages look pinned: one question to each of these heads, the first that does not is named (B30, B53). Changes
     * nothing.
     *
     * @param runs heads, and for how many pages each is asked
     */
    public record FindUnpinned(List<Run> runs, ActorRef<UnpinnedFound> replyTo) implements Command {}

    /** Asks for everything that is known of the page {@code pfn}, as seen at its head. Changes nothing. */
    public record AskPage(long pfn, ActorRef<PageShown> replyTo) implements Command {}

    /**
     * Marks the head of {@code pfn} as having an error that cannot be corrected (B39). Marking it again changes nothing.
     *
     * @param tiedOnly leave it alone if no file says that the page is its own, for then nobody could be told
     */
    public record Poison(long pfn, boolean tiedOnly, ActorRef<PageShown> replyTo) implements Command {
        /** Marks it in any case. */
        public Poison(long pfn, ActorRef<PageShown> replyTo) {
            this(pfn, false, replyTo);
        }
    }

    /** Ends a wait; the waiter gets its answer with {@code idle} false if it was still waiting. */
    public record CancelAwait(long head, String waiter) implements Command {}

    /** Asks who holds what here. */
    public record AskHoldings(ActorRef<Holdings> replyTo) implements Command {}

    /** Asks whether the section is what it was. Answered by one {@link Ready} as soon as it is. */
    record AskReady(ActorRef<Ready> replyTo) implements Command {}

    /** The answer to {@link AskReady}. */
    record Ready(int section) {}

    /** Asks how many head actors there are. */
    public record AskCensus(ActorRef<Census> replyTo) implements Command {}

    /** A CPU has touched a private page, which it cannot address: asks its driver to bring it back to RAM. */
    public record TouchedByCpu(long pfn, ActorRef<BroughtBack> replyTo) implements Command {}

    /** Holds newcomers back and says whether anybody holds anything; for {@code closeIfIdle}. */
    record Freeze(ActorRef<Pgmap.Command> replyTo) implements Command {}

    /** Lets the newcomers in that a freeze held back. */
    enum Thaw implements Command {
        INSTANCE
    }

    /** Closes the gate for good. */
    record CloseGate(ActorRef<Teardown.Command> replyTo) implements Command {}

    /** Puts the references that mapping the device had taken. */
    record DropBase(ActorRef<Teardown.Command> replyTo) implements Command {}

    /** Takes all references away from their holders, now and as grabs under way finish. */
    record RevokeHolders(String reason) implements Command {}

    /** Refuses everything from here on. */
    record Retire(ActorRef<Teardown.Command> replyTo) implements Command {}

    /** A head that is an actor has done what one message asked for. */
    record HeadAnswered(Op op, int index, HeadStep step) implements Command {}

    private record HolderGone(String holder, ActorRef<ToHolder> ref) implements Command {}

    private record Logged(LogSignal signal) implements Command, LogSignal.Carrier {}

    /** Who has not come back by now does not come back. */
    private enum LeaseOver implements Command {
        INSTANCE
    }

    private enum Sweep implements Command {
        INSTANCE
    }

    /** What a section tells a holder. */
    public sealed interface ToHolder extends GupWalker.Command, AddressSpace.Command, DaxFile.Command, Driver.Command {}

    /**
     * The answer to a {@link Grab}.
     *
     * @param epoch the owner that granted it, recorded with the grant and carried by the pin; in a volatile pool a section has
     *     one owner for life
     * @param refs references granted, from the request's first head on
     * @param refusal why no more, or null if all were granted
     * @param headSteps what heads were asked for it: one for each head and batch (B20); a message each where heads are actors
     */
    public record GrabAnswer(
            String pgmap,
            int section,
            long sequence,
            long epoch,
            long refs,
            @Nullable Refusal refusal,
            int headSteps) implements ToHolder {}

    /** The answers to requests that came together, in the order in which they were given. */
    public record GrabAnswers(List<GrabAnswer> answers) implements ToHolder {
        /** Copies the list. */
        public GrabAnswers {
            answers = List.copyOf(answers);
        }
    }

    /** The answer to a {@link Release}: references given back, or why none were. */
    public record ReleaseAnswer(
            String pgmap,
            int section,
            long sequence,
            long refs,
            @Nullable Refusal refusal,
            int headSteps) implements ToHolder {}

    /** The answer to {@link Tie} and {@link Untie}. */
    public record TieAnswer(
            String pgmap,
            int section,
            long sequence,
            @Nullable Refusal refusal) implements ToHolder {}

    /** References were taken away by teardown. */
    public record Revoked(String pgmap, int section, long grabSequence, GrabKind kind, List<Run> runs, String reason)
            implements ToHolder {}

    /** The answer to {@link AwaitIdle}. */
    public record IdleAnswer(
            long head, boolean idle, @Nullable Refusal refusal) {}

    /**
     * The answer to {@link FindBusy}.
     *
     * @param head the first head that is not idle, or -1
     * @param counts its counts, or those of a head nobody holds
     * @param holders who holds references on it
     */
    public record BusyFound(int section, long head, HeadState counts, List<String> holders) {}

    /**
     * The answer to {@link FindUnpinned}.
     *
     * @param pinned pages that look pinned
     * @param head the first head whose pages do not, or -1
     * @param counts its counts
     */
    public record UnpinnedFound(int section, long pinned, long head, HeadState counts) {}

    /**
     * The answer to {@link AskPage} and {@link Poison}.
     *
     * @param pfn the page asked for
     * @param head its head
     * @param refusal why nothing is known of it: no page of this section, or the pgmap is gone
     */
    public record PageShown(
            String pgmap,
            long pfn,
            long head,
            HeadState counts,
            PageRecord record,
            List<String> holders,
            @Nullable Refusal refusal) {}

    /** The answer to {@link AskHoldings}. */
    public record Holdings(int section, List<Holding> holders) {}

    /** The answer to {@link AskCensus}. */
    public record Census(int section, int liveHeads, int requestsUnderWay, int accounts) {}

    /** The answer to {@link TouchedByCpu}: whether the page's data is in RAM now, and the page on its way back to its driver. */
    public record BroughtBack(
            long pfn, boolean done, @Nullable Refusal refusal) {}

    /** Who need not wait any longer for the head at {@code index}. */
    private record Woken(int index, List<Waiter> waiters) {}

    /** Somebody who waits for a head. */
    record Waiter(String id, @Nullable LayoutIdle rule, ActorRef<IdleAnswer> replyTo) {}

    /** A request under way: what its heads have answered so far. Confined to its section. */
    abstract static class Op {
        int outstanding;
        int steps;
        long refcountSum;
        long pincountSum;
        int activated;
        int zeroed;

        /** Whether this is the request of that name. */
        boolean isFor(String holder, long sequence) {
            return false;
        }

        /** Takes what one head has done. */
        void collect(int index, HeadStep step) {
            int before = step.before().refcount();
            int after = step.after().refcount();
            if (step.last()) {
                refcountSum += after;
                pincountSum += step.after().pincount();
            }
            if (before == 0 && after > 0) {
                activated++;
            }
            if (before > 0 && after == 0) {
                zeroed++;
            }
        }
    }

    private static final class GrabOp extends Op {
        final Grab request;
        final boolean holdsGate;
        /** Those it came with, or null if it came alone. */
        private final @Nullable Together together;

        private @Nullable Map<Integer, Shortfall> shortfalls;
        private @Nullable Refusal refusal;
        private int refusedIndex = Integer.MAX_VALUE;

        GrabOp(Grab request, boolean holdsGate, @Nullable Together together) {
            this.request = request;
            this.holdsGate = holdsGate;
            this.together = together;
        }

        @Override
        boolean isFor(String holder, long sequence) {
            return request.sequence == sequence && request.holder.equals(holder);
        }

        @Override
        void collect(int index, HeadStep step) {
            if (step.refusal() == null) {
                super.collect(index, step);
                return;
            }
            if (shortfalls == null) {
                shortfalls = new HashMap<>();
            }
            Shortfall fall = shortfalls.computeIfAbsent(index, i -> new Shortfall());
            fall.refs += step.refs();
            if (step.last()) {
                fall.after = step.after();
            }
            if (index < refusedIndex) {
                refusedIndex = index;
                refusal = step.refusal();
            }
        }
    }

    /** Requests that came together, and what they were answered so far. */
    private final class Together {
        private final ActorRef<ToHolder> holder;
        private final List<GrabAnswer> answers;
        private int expected;
        private boolean granted;
        private long grantedNanos;

        Together(ActorRef<ToHolder> holder, int requests) {
            this.holder = holder;
            this.answers = new ArrayList<>(requests);
            this.expected = requests;
        }

        void add(GrabAnswer answer) {
            answers.add(answer);
            sendIfAll();
        }

        /** When the first of them was granted: the clock is read once for all of them. */
        long grantedNanos() {
            if (!granted) {
                granted = true;
                grantedNanos = wiring.time().nanos();
            }
            return grantedNanos;
        }

        /** One of them is answered on its own, or not at all. */
        void without() {
            expected--;
            sendIfAll();
        }

        private void sendIfAll() {
            if (answers.size() == expected && expected > 0) {
                wiring.link().send(holder, expected == 1 ? answers.get(0) : new GrabAnswers(answers));
            }
        }
    }

    /** What one head did not grant of a request; its counts, if its last message was refused. */
    private static final class Shortfall {
        int refs;

        @Nullable
        HeadState after;
    }

    private static class PutOp extends Op {
        final String holder;
        final long grabSequence;
        final GrabKind kind;
        final List<Run> runs;
        final ReleaseCause cause;
        private final List<Integer> freed = new ArrayList<>(0);
        private final List<Woken> woken = new ArrayList<>(0);
        private final List<Integer> overwritten = new ArrayList<>(0);
        /** A request that is undone took no pgmap reference, and nobody is told that its page is free. */
        private boolean neverTook;

        PutOp(String holder, long grabSequence, GrabKind kind, List<Run> runs, ReleaseCause cause) {
            this.holder = holder;
            this.grabSequence = grabSequence;
            this.kind = kind;
            this.runs = runs;
            this.cause = cause;
        }

        @Override
        void collect(int index, HeadStep step) {
            super.collect(index, step);
            if (step.refusal() != null) {
                overwritten.add(index);
            }
            collectIdle(index, step, freed, woken);
        }
    }

    private static final class ReleaseOp extends PutOp {
        final Release request;

        ReleaseOp(Release request, List<Run> runs) {
            super(request.owner, request.grabSequence, request.kind, runs, request.cause);
            this.request = request;
        }

        @Override
        boolean isFor(String holder, long sequence) {
            return request.sequence == sequence && request.holder.equals(holder);
        }
    }

    private final class BaseOp extends Op {
        final ActorRef<Teardown.Command> replyTo;
        final boolean counts;
        final int untouched;
        private final List<Integer> freed = new ArrayList<>(0);
        private final List<Woken> woken = new ArrayList<>(0);

        BaseOp(ActorRef<Teardown.Command> replyTo, boolean counts, int untouched) {
            this.replyTo = replyTo;
            this.counts = counts;
            this.untouched = untouched;
        }

        @Override
        void collect(int index, HeadStep step) {
            super.collect(index, step);
            if (step.refusal() != null) {
                throw new IllegalStateException("head refused to put its base: pgmap=" + spec.id() + " section="
                        + number + " index=" + index + " counts=" + step.before());
            }
            if (counts) {
                collectIdle(index, step, freed, woken);
            }
        }
    }

    /** The second step of requests that count first and read later (R10): how many of them were the first. */
    private static final class ReadOp extends Op {
        final GrabOp asked;
        final List<Run> granted;
        private int first;

        ReadOp(GrabOp asked, List<Run> granted) {
            this.asked = asked;
            this.granted = granted;
        }

        @Override
        boolean isFor(String holder, long sequence) {
            return asked.isFor(holder, sequence);
        }

        @Override
        void collect(int index, HeadStep step) {
            first += step.after().refcount() == 1 ? 1 : 0;
        }
    }

    /** A look at heads: which is the first that {@link #wanted}, and what it counts. */
    private abstract class LookOp extends Op {
        int found = Integer.MAX_VALUE;
        HeadState counts = rules.parked();

        abstract boolean wanted(HeadState state);

        abstract void tell();

        void look(int index, HeadState state) {
            if (index < found && wanted(state)) {
                found = index;
                counts = state;
            }
        }

        @Override
        void collect(int index, HeadStep step) {
            look(index, step.after());
        }
    }

    private static final class AwaitOp extends Op {
        final long head;
        final Waiter waiter;
        private boolean idle;
        private @Nullable Refusal refusal;

        AwaitOp(long head, Waiter waiter) {
            this.head = head;
            this.waiter = waiter;
        }

        @Override
        void collect(int index, HeadStep step) {
            idle = !step.told().isEmpty();
            refusal = step.refusal();
        }
    }

    private static final class CancelOp extends Op {
        final long head;
        private List<Waiter> cancelled = List.of();

        CancelOp(long head) {
            this.head = head;
        }

        @Override
        void collect(int index, HeadStep step) {
            cancelled = step.told();
        }
    }

    /** A walk that ends, behind everything asked before. */
    private static final class EndWalkOp extends Op {
        final EndWalk request;

        EndWalkOp(EndWalk request) {
            this.request = request;
        }

        @Override
        boolean isFor(String holder, long sequence) {
            return request.sequence == sequence && request.holder.equals(holder);
        }
    }

    /** Walks that have nothing more to say, behind what goes back of them. */
    private static final class WalksOverOp extends Op {
        final List<WalkRefs.Grant> grants;

        WalksOverOp(List<WalkRefs.Grant> grants) {
            this.grants = grants;
        }
    }

    /** Who holds what when everything that was asked before has happened. */
    private static final class HoldingsOp extends Op {
        final ActorRef<Holdings> replyTo;

        HoldingsOp(ActorRef<Holdings> replyTo) {
            this.replyTo = replyTo;
        }
    }

    /** The end of the queue: when it is reached, everything asked before has been answered. */
    private static final class RetireOp extends Op {
        final ActorRef<Teardown.Command> replyTo;

        RetireOp(ActorRef<Teardown.Command> replyTo) {
            this.replyTo = replyTo;
        }
    }

    /** What the section knows of one holder. */
    private static final class Account {
        final String holder;
        HolderLedger ledger;
        /** Whom it watches; null for a holder that has not come back yet, or is gone. */
        @Nullable
        ActorRef<ToHolder> watched;
        /** The highest number of its requests. */
        long asked = Long.MIN_VALUE;

        Account(String holder, HolderLedger ledger) {
            this.holder = holder;
            this.ledger = ledger;
        }
    }

    private final PgmapSpec spec;

    private final DriverCalls driver;

    private final Geometry geometry;
    private final HeadRules rules;
    private final int number;
    private final long firstPfn;
    private final long epoch;
    private final Wiring wiring;
    private final EventLog log;

    private final boolean takesPgmapLate;
    private final long refsPerHead;
    private final HeadState parkedAtFirst;
    private final HeadState parkedWithoutBase;

    private final int size;
    private final Heads heads;
    private boolean sweeping;
    private Cancellable sweep = Cancellable.alreadyCancelled();
    private Cancellable lease = Cancellable.alreadyCancelled();

    private final Map<String, Account> accounts = new HashMap<>();
    private @Nullable Account lastAccount;
    private final List<Event> unwritten = new ArrayList<>(1);
    private final ArrayDeque<Op> underWay = new ArrayDeque<>();
    private final ArrayDeque<Command> frozen = new ArrayDeque<>();
    private PageRecords records;
    private Gate gate;
    private int grabsUnderWay;
    private int gateHolders;
    private WalkRefs walkRefs;
    private boolean baseDropped;
    private boolean retired;
    private @Nullable String revoking;
    private @Nullable ActorRef<Teardown.Command> teardown;
    private boolean drainReported;
    private int callsDue;
    private boolean finishing;
    private boolean drainRecorded;
    private long closedShare;
    private int poisonedHeads;

    /**
     * A section of {@code spec}, served as owner number {@code epoch}. Started by its pgmap on first use.
     *
     * @param id its name in the journal
     */
    static Behavior<Command> create(
            PgmapSpec spec, DriverCalls driver, int number, long epoch, String id, Wiring wiring) {
        return wiring.journals()
                .open(new Journals.Owner<Command, SectionState>(
                        id,
                        SectionState.empty(spec, number),
                        (state, batch) -> batch.fold(state),
                        Logged::new,
                        (context, log, state, recovered) ->
                                new Section(context, log, state, recovered, driver, epoch, wiring)));
    }

    private Section(
            ActorContext<Command> context,
            EventLog log,
            SectionState state,
            boolean recovered,
            DriverCalls driver,
            long epoch,
            Wiring wiring) {
        super(context);
        this.log = log;
        this.spec = state.spec();
        this.driver = driver;
        this.geometry = spec.geometry();
        this.rules = spec.headRules();
        this.number = state.number();
        this.firstPfn = spec.basePage().sectionFirstPfn(number);
        this.epoch = Math.max(epoch, state.epoch() + 1);
        this.wiring = wiring;
        this.size = Math.toIntExact(Math.max(1, spec.basePage().sectionPages() >> geometry.order()));
        HeadMachine machine = new HeadMachine(rules, wiring.limits().waitersPerHeadMax());
        this.heads = switch (wiring.hosting()) {
            case ACTOR -> new ActorHeads(context, machine, this::parked, firstPfn, size, this::sweepLater);
            case SECTION -> new HostedHeads(machine, this::parked, size);
        };
        state.ledger().holders().forEach((holder, ledger) -> accounts.put(holder, new Account(holder, ledger)));
        this.records = state.records();
        this.takesPgmapLate = !spec.protocol().requestHoldsPgmap(spec.type())
                && spec.protocol().pageHoldsPgmapRef(spec.type())
                && rules.base() == 0;
        this.refsPerHead = spec.protocol().pgmapRefsPerHead(spec.type(), geometry.order());
        this.parkedAtFirst = SectionState.parked(spec, false);
        this.parkedWithoutBase = SectionState.parked(spec, true);
        this.baseDropped = state.baseDropped();
        this.walkRefs = state.walkRefs();
        @Nullable HeadState[] counts = state.counts();
        this.gate = state.gate(counts);
        unwritten.add(new Event.SectionStarted(spec.id(), number, this.epoch));
        if (recovered) {
            resume(state, counts);
        } else {
            writeStart();
        }
    }

    // ---- a section that comes back

    /**
     * What was under way is gone with the process; nobody was told of it. The heads count what their holders hold, what a walk was
     * refused behind some head goes back, who waited is told that the wait is over, and who does not ask again within the lease
     * is gone. That it has come back is written with whatever it writes next: until then nothing follows from it.
     */
    private void resume(SectionState state, @Nullable HeadState[] counts) {
        for (int i = 0; i < counts.length; i++) {
            HeadState before = counts[i];
            if (before != null) {
                heads.restore(i, before);
            }
        }
        poisonedHeads = records.poisoned();
        forgetTies();
        drainRecorded = state.drained();
        closedShare = state.closedShare();
        for (SectionState.Waiting waiting : state.waiting()) {
            unwritten.add(new Event.WaiterTold(spec.id(), number, waiting.head(), waiting.waiter(), false));
        }
        state.surplus().forEach((grant, runs) -> {
            Held held = held(grant.holder(), grant.sequence());
            if (held != null) {
                put(new PutOp(grant.holder(), grant.sequence(), held.kind(), runs, ReleaseCause.UNWIND));
            }
        });
        finishReady();
        if (!accounts.isEmpty()) {
            lease = later(LeaseOver.INSTANCE, wiring.limits().lease());
        }
    }

    /** The entries that tied pages to files were in memory only. */
    private void forgetTies() {
        Map<String, List<Run>> ties = records.ties();
        while (!ties.isEmpty()) {
            ties.forEach((file, runs) -> {
                Event untied =
                        new Event.Untied(spec.id(), number, "(restart)", 0, file, Runs.normalise(runs, geometry));
                records = records.apply(untied);
                unwritten.add(untied);
            });
            ties = records.ties();
        }
    }

    private void writeStart() {
        if (!unwritten.isEmpty()) {
            unwritten.forEach(log::record);
            unwritten.clear();
        }
    }

    private Behavior<Command> onLeaseOver() {
        for (Account account : accounts()) {
            if (account.watched == null && !retired) {
                reclaim(account);
            }
        }
        return finishReady();
    }

    private Behavior<Command> onLogged(Logged logged) {
        log.on(logged.signal);
        return this;
    }

    @Override
    public Receive<Command> createReceive() {
        return new Direct<>(this::on, this::onStopped);
    }

    private Behavior<Command> on(Command command) {
        if (command instanceof HeadAnswered answered) {
            return onHeadAnswered(answered);
        }
        if (command instanceof Grabs grabs) {
            return onGrabs(grabs.grabs);
        }
        if (command instanceof Grab grab) {
            return onGrab(grab);
        }
        if (command instanceof Release release) {
            return onRelease(release);
        }
        if (command instanceof EndWalk endWalk) {
            return onEndWalk(endWalk);
        }
        return onAnother(command);
    }

    /** Apart from the ones that come thousands of times, so that those are compiled in one piece. */
    private Behavior<Command> onAnother(Command command) {
        if (command instanceof AwaitIdle awaitIdle) {
            return onAwaitIdle(awaitIdle);
        }
        if (command instanceof CancelAwait cancelAwait) {
            return onCancelAwait(cancelAwait);
        }
        if (command instanceof Tie tie) {
            return onTie(tie);
        }
        if (command instanceof TieRow tieRow) {
            return onTieRow(tieRow);
        }
        if (command instanceof Untie untie) {
            return onUntie(untie);
        }
        if (command instanceof FindBusy findBusy) {
            return onFindBusy(findBusy);
        }
        if (command instanceof FindUnpinned findUnpinned) {
            return onFindUnpinned(findUnpinned);
        }
        if (command instanceof AskPage askPage) {
            return onAskPage(askPage);
        }
        if (command instanceof Poison poison) {
            return onPoison(poison);
        }
        if (command instanceof HolderGone holderGone) {
            return onHolderGone(holderGone);
        }
        if (command instanceof Logged logged) {
            return onLogged(logged);
        }
        if (command instanceof LeaseOver) {
            return onLeaseOver();
        }
        if (command instanceof Sweep) {
            return onSweep();
        }
        if (command instanceof AskHoldings askHoldings) {
            return onAskHoldings(askHoldings);
        }
        if (command instanceof AskReady ask) {
            ask.replyTo.tell(new Ready(number));
            return this;
        }
        if (command instanceof AskCensus askCensus) {
            return onAskCensus(askCensus);
        }
        if (command instanceof TouchedByCpu touchedByCpu) {
            return onTouchedByCpu(touchedByCpu);
        }
        if (command instanceof Freeze freeze) {
            return onFreeze(freeze);
        }
        if (command instanceof Thaw) {
            return onThaw();
        }
        if (command instanceof CloseGate closeGate) {
            return onCloseGate(closeGate);
        }
        if (command instanceof DropBase dropBase) {
            return onDropBase(dropBase);
        }
        if (command instanceof RevokeHolders revokeHolders) {
            return onRevokeHolders(revokeHolders);
        }
        if (command instanceof Retire retire) {
            return onRetire(retire);
        }
        return Behaviors.unhandled();
    }

    private void onStopped() {
        sweep.cancel();
        lease.cancel();
    }

    // ---- grab

    private Behavior<Command> onGrab(Grab grab) {
        return begins(grab, null) ? finishReady() : this;
    }

    private Behavior<Command> onGrabs(List<Grab> grabs) {
        Together together = new Together(grabs.get(0).replyTo, grabs.size());
        for (int i = 0; i < grabs.size(); i++) {
            if (!begins(grabs.get(i), together)) {
                together.without();
            }
        }
        return finishReady();
    }

    /** False if there is nothing to begin: it was refused, is held back, or is a repeat. */
    private boolean begins(Grab grab, @Nullable Together together) {
        Account before = account(grab.holder);
        if (repeats(before, grab.holder, grab.sequence) || answers(grab, before)) {
            return false;
        }
        if (ledgerOf(before).unseenAnswers(grab.floor) >= 2 * SectionLedger.ANSWERS_MAX) {
            return false; // a sender that ignores every refusal is not answered; if it means it, it asks again
        }
        if (log.stuck()) {
            refuseNow(grab, Refusal.JOURNAL);
            return false;
        }
        Account account = watched(grab, grab.replyTo);
        if (gate.state() == Gate.State.FROZEN) {
            holdBack(grab);
            return false;
        }
        Refusal refusal = admission(grab, account);
        if (refusal != null) {
            record(new Event.GrabRefused(spec.id(), number, grab.holder, grab.sequence, grab.kind, -1, refusal));
            answer(grab, remember(grab, Answer.refused(refusal)), 0);
            return false;
        }
        begin(grab, together);
        return true;
    }

    /** Whether all there is to say is what was said before, or that somebody else goes by that name. */
    private boolean answers(Grab grab, @Nullable Account account) {
        Answer known = ledgerOf(account).alreadyAnswered(grab.sequence);
        if (known != null) {
            record(new Event.Repeated(spec.id(), number, grab.holder, grab.sequence));
            answer(grab, known, 0);
            return true;
        }
        ActorRef<ToHolder> sameName = account == null ? null : account.watched;
        if (sameName != null && !sameName.equals(grab.replyTo)) {
            answer(grab, Answer.refused(Refusal.FOREIGN), 0);
            return true;
        }
        return false;
    }

    private void begin(Grab grab, @Nullable Together together) {
        boolean holdsGate = countsOnGate(grab.kind);
        if (holdsGate) {
            gate = gate.get(1);
            gateHolders++;
        }
        grabsUnderWay++;
        GrabOp op = new GrabOp(grab, holdsGate, together);
        underWay.add(op);
        for (int i = 0; i < grab.runs.size(); i++) {
            sendGrabs(op, grab.runs.get(i));
        }
    }

    /** Not remembered: the same request may be granted when it comes again. */
    private void refuseNow(Grab grab, Refusal refusal) {
        wiring.link().send(grab.replyTo, new GrabAnswer(spec.id(), number, grab.sequence, epoch, 0, refusal, 0));
    }

    private @Nullable Refusal admission(Grab grab, Account account) {
        if (retired) {
            return Refusal.DEAD;
        }
        if (!gate.live() && (countsOnGate(grab.kind) || looksFirst(grab))) {
            return dying(grab);
        }
        if (grab.runs.isEmpty() || !ownsAll(grab.runs)) {
            return Refusal.OUT_OF_RANGE;
        }
        if (grab.kind == GrabKind.REQUEST && Runs.totalRefs(grab.runs) != Runs.heads(grab.runs)) {
            return Refusal.UNBALANCED;
        }
        if (grab.kind == GrabKind.MAP && anyPoisoned(grab.runs)) {
            return Refusal.POISONED;
        }
        return account.ledger.unseenAnswers(grab.floor) >= SectionLedger.ANSWERS_MAX ? Refusal.LIMIT : null;
    }

    /** A poisoned page is not mapped again; who holds it already keeps it (B39). */
    private boolean anyPoisoned(List<Run> runs) {
        if (poisonedHeads == 0) {
            return false;
        }
        for (Run run : runs) {
            for (int i = 0; i < run.heads(); i++) {
                if (records.of(run.firstHead() + i * geometry.pages()).has(PageFlag.HWPOISON)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean countsOnGate(GrabKind kind) {
        return kind.holdsPgmap(spec.protocol(), spec.type());
    }

    /** Requests look at the pgmap before they count, but for driver memory of the 1-based era, which has no such look (R26). */
    private boolean looksFirst(Grab grab) {
        return grab.kind == GrabKind.REQUEST && rules.freeCount() == 0;
    }

    private Refusal dying(Grab grab) {
        if (grab.kind == GrabKind.REQUEST && spec.protocol().requestWarns()) {
            warn("B38", "a page was requested of a dying pgmap: holder=" + grab.holder + " runs=" + grab.runs);
        }
        return Refusal.DYING;
    }

    private void warn(String row, String text) {
        record(new Event.Warned(spec.id(), row, text));
    }

    private boolean ownsAll(List<Run> runs) {
        long before = -1;
        for (int i = 0; i < runs.size(); i++) {
            Run run = runs.get(i);
            long lastHead = run.end(geometry) - geometry.pages();
            if (run.firstHead() <= before
                    || run.end(geometry) < run.firstHead()
                    || !geometry.isHead(run.firstHead())
                    || run.firstHead() < firstPfn
                    || indexOf(lastHead) >= size
                    || !spec.owns(new PfnRange(run.firstHead(), run.end(geometry) - run.firstHead()))) {
                return false;
            }
            before = lastHead;
        }
        return true;
    }

    private void sendGrabs(GrabOp op, Run run) {
        int step = Math.max(1, op.request.refsPerGrab);
        int first = indexOf(run.firstHead());
        int left = run.refs();
        while (left > 0) {
            int refs = Math.min(step, left);
            left -= refs;
            heads.ask(first, run.heads(), new Head.Grab(op, op.request.kind, refs, left == 0));
        }
    }

    private void finish(GrabOp op) {
        Grab grab = op.request;
        grabsUnderWay--;
        boolean late = grab.kind == GrabKind.REQUEST && takesPgmapLate;
        if (!late) {
            pageRefs(op);
        }
        if (op.holdsGate) {
            gate = gate.put(1);
            gateHolders--;
        }
        List<Run> granted = op.shortfalls == null ? grab.runs : grantedRuns(op, op.shortfalls);
        if (!granted.isEmpty()) {
            grantTo(op, granted);
        }
        long refs = Runs.totalRefs(granted);
        if (op.refusal != null) {
            long head = firstPfn + ((long) op.refusedIndex << geometry.order());
            record(new Event.GrabRefused(spec.id(), number, grab.holder, grab.sequence, grab.kind, head, op.refusal));
            refs = keepBefore(op, granted);
        }
        if (late && op.refusal == null) {
            takePgmap(op, granted);
            return;
        }
        answered(op, refs, op.refusal);
    }

    /** What a walk keeps of the pgmap takes the place of what its request held. */
    private void grantTo(GrabOp op, List<Run> runs) {
        Grab grab = op.request;
        record(new Event.Grabbed(
                spec.id(), number, epoch, grab.holder, grab.sequence, grab.kind, runs, op.refcountSum, op.pincountSum));
        long since = op.together == null ? wiring.time().nanos() : op.together.grantedNanos();
        Account account = opened(grab.holder);
        account.ledger = account.ledger.grabbed(grab.sequence, new Held(grab.kind, runs, epoch, since));
        gate = gate.get(walkRefs.of(grab.holder, grab.sequence));
    }

    private void answered(GrabOp op, long refs, @Nullable Refusal refusal) {
        Grab grab = op.request;
        if ((refs == 0 || !grab.walks) && walkRefs.of(grab.holder, grab.sequence) > 0) {
            underWay.add(new WalksOverOp(List.of(new WalkRefs.Grant(grab.holder, grab.sequence))));
        }
        answer(grab, remember(grab, new Answer(refs, refusal)), op.steps, op.together);
        Account account = opened(grab.holder);
        if (account.watched == null) {
            reclaim(account);
        } else if (revoking != null) {
            giveBackAll(account, ReleaseCause.REVOKE);
        }
    }

    /** The pgmap reference of a request that counts first: taken by the one that made the count one (B37, R10, R11, R33). */
    private void takePgmap(GrabOp op, List<Run> granted) {
        if (rules.requestCount() == RequestCount.INC_THEN_READ) {
            ReadOp read = new ReadOp(op, granted);
            underWay.add(read);
            for (Run run : granted) {
                heads.ask(indexOf(run.firstHead()), run.heads(), new Head.Report(read));
            }
            return;
        }
        takePgmap(op, granted, op.activated);
    }

    private void finish(ReadOp op) {
        takePgmap(op.asked, op.granted, op.first);
    }

    private void takePgmap(GrabOp op, List<Run> granted, int first) {
        boolean alive = gate.live() || gate.share() > 0;
        if (first == 0 || alive) {
            gate = gate.get(first * refsPerHead);
            answered(op, Runs.totalRefs(granted), null);
            return;
        }
        PutOp undo = new PutOp(op.request.holder, op.request.sequence, GrabKind.REQUEST, granted, ReleaseCause.UNWIND);
        undo.neverTook = true;
        put(undo);
        answered(op, 0, dying(op.request));
    }

    /** What was granted where some head refused; a head that granted a part counts into the sums after all. */
    private List<Run> grantedRuns(GrabOp op, Map<Integer, Shortfall> shortfalls) {
        List<Run> out = new ArrayList<>();
        for (Run run : op.request.runs) {
            int first = indexOf(run.firstHead());
            for (int i = 0; i < run.heads(); i++) {
                Shortfall fall = shortfalls.get(first + i);
                int refs = run.refs() - (fall == null ? 0 : fall.refs);
                if (refs > 0) {
                    Runs.append(out, run.firstHead() + ((long) i << geometry.order()), 1, refs, geometry);
                    if (fall != null && fall.after != null) {
                        op.refcountSum += fall.after.refcount();
                        op.pincountSum += fall.after.pincount();
                    }
                }
            }
        }
        return List.copyOf(out);
    }

    /** Gives back what was granted behind the first head that refused; returns the references kept. */
    private long keepBefore(GrabOp op, List<Run> granted) {
        int headsBefore = 0;
        for (Run run : granted) {
            int first = indexOf(run.firstHead());
            headsBefore += Math.max(0, Math.min(run.heads(), op.refusedIndex + 1 - first));
        }
        List<Run> behind = Runs.afterHeads(granted, headsBefore, geometry);
        if (!behind.isEmpty()) {
            put(new PutOp(op.request.holder, op.request.sequence, op.request.kind, behind, ReleaseCause.UNWIND));
        }
        return Runs.totalRefs(granted) - Runs.totalRefs(behind);
    }

    private Answer remember(Grab grab, Answer answer) {
        return remember(grab.holder, grab.sequence, grab.floor, answer);
    }

    private Answer remember(String holder, long sequence, long floor, Answer answer) {
        writeStart();
        Account account = opened(holder);
        account.ledger = account.ledger.answered(sequence, floor, answer);
        log.receipt(new Receipt(holder, sequence, floor, answer));
        return answer;
    }

    private void answer(Grab grab, Answer answer, int headSteps) {
        answer(grab, answer, headSteps, null);
    }

    private void answer(Grab grab, Answer answer, int headSteps, @Nullable Together together) {
        GrabAnswer told =
                new GrabAnswer(spec.id(), number, grab.sequence, epoch, answer.pages(), answer.refusal(), headSteps);
        if (together == null) {
            tell(grab.replyTo, told);
        } else {
            log.then(() -> together.add(told));
        }
    }

    /** Ends it behind what the walk has given back before. */
    private Behavior<Command> onEndWalk(EndWalk end) {
        Account account = account(end.holder);
        if (repeats(account, end.holder, end.sequence)) {
            return this;
        }
        Answer known = ledgerOf(account).alreadyAnswered(end.sequence);
        if (known != null || retired) {
            return answer(end, known == null ? Answer.refused(Refusal.DEAD) : known);
        }
        underWay.add(new EndWalkOp(end));
        return finishReady();
    }

    private void finish(EndWalkOp op) {
        EndWalk end = op.request;
        boolean kept = walkRefs.of(end.holder, end.grabSequence) > 0;
        Answer answer = new Answer(0, kept ? null : Refusal.UNKNOWN_PIN);
        if (watches(end.holder)) {
            remember(end.holder, end.sequence, end.floor, answer);
        }
        endWalk(end.holder, end.grabSequence);
        answer(end, answer);
    }

    private void endWalk(String holder, long grabSequence) {
        long refs = walkRefs.of(holder, grabSequence);
        if (refs > 0) {
            record(new Event.WalkEnded(spec.id(), number, holder, grabSequence));
            gate = gate.put(refs);
        }
    }

    private Behavior<Command> answer(EndWalk end, Answer answer) {
        tell(end.replyTo, new ReleaseAnswer(spec.id(), number, end.sequence, 0, answer.refusal(), 0));
        return this;
    }

    // ---- put

    private Behavior<Command> onRelease(Release release) {
        Account account = account(release.holder);
        if (repeats(account, release.holder, release.sequence)) {
            return this;
        }
        Answer known = ledgerOf(account).alreadyAnswered(release.sequence);
        if (known != null) {
            record(new Event.Repeated(spec.id(), number, release.holder, release.sequence));
            return answer(release, known, 0);
        }
        Refusal refusal = retired
                ? Refusal.DEAD
                : !release.runs.isEmpty() && !ownsAll(release.runs)
                        ? Refusal.OUT_OF_RANGE
                        : ledgerOf(account)
                                .refusesRelease(
                                        release.holder,
                                        release.owner,
                                        release.grabSequence,
                                        release.kind,
                                        release.runs,
                                        geometry);
        if (refusal != null) {
            return answer(release, Answer.refused(refusal), 0);
        }
        Held held = ledgerOf(account).held().get(release.grabSequence);
        List<Run> runs = release.runs.isEmpty() && held != null ? held.runs() : release.runs;
        if (release.dirty) {
            markDirty(release.holder, runs);
        }
        put(new ReleaseOp(release, runs));
        return finishReady();
    }

    private void markDirty(String holder, List<Run> runs) {
        List<Run> clean = new ArrayList<>();
        for (Run run : runs) {
            for (int i = 0; i < run.heads(); i++) {
                long head = run.firstHead() + i * geometry.pages();
                if (!records.of(head).has(PageFlag.DIRTY)) {
                    Runs.append(clean, head, 1, 1, geometry);
                }
            }
        }
        if (!clean.isEmpty()) {
            record(new Event.Dirtied(spec.id(), number, holder, List.copyOf(clean)));
        }
    }

    /** Sends puts to the heads; what they give back is gone from the ledger from here on. */
    private void put(PutOp op) {
        Account account = opened(op.holder);
        account.ledger = account.ledger.released(op.holder, op.grabSequence, op.runs, op.cause, geometry);
        underWay.add(op);
        for (int i = 0; i < op.runs.size(); i++) {
            Run run = op.runs.get(i);
            heads.ask(indexOf(run.firstHead()), run.heads(), new Head.Put(op, op.kind, run.refs(), true));
        }
    }

    private Event.Released released(PutOp op) {
        return new Event.Released(
                spec.id(),
                number,
                op.holder,
                op.grabSequence,
                op.kind,
                op.runs,
                op.cause,
                op.refcountSum,
                op.pincountSum);
    }

    /** The driver hears of a free page before the page's pgmap reference goes back (B4). */
    private void finish(PutOp op) {
        if (!op.overwritten.isEmpty()) {
            op.overwritten.sort(null);
            op.overwritten.forEach(index -> onUnbalanced(index, op));
        }
        recordOnly(released(op));
        tellIdle(op.neverTook ? List.of() : op.freed, op.woken);
        if (!op.neverTook) {
            pageRefs(op);
        }
        if (op.cause == ReleaseCause.REVOKE) {
            tellRevoked(op);
        }
        if (op instanceof ReleaseOp release) {
            Answer answer = new Answer(Runs.totalRefs(op.runs), null);
            answer(release.request, remember(release.request, answer), op.steps);
        }
    }

    private static void collectIdle(int index, HeadStep step, List<Integer> freed, List<Woken> woken) {
        if (step.freed()) {
            freed.add(index);
        }
        if (!step.told().isEmpty()) {
            woken.add(new Woken(index, step.told()));
        }
    }

    private void tellIdle(List<Integer> freed, List<Woken> woken) {
        if (!freed.isEmpty()) {
            List<Integer> sorted = new ArrayList<>(freed);
            sorted.sort(null);
            List<Run> runs = new ArrayList<>();
            sorted.forEach(i -> Runs.append(runs, headAt(i), 1, 1, geometry));
            warnOfWrongCleanup(sorted);
            record(new Event.Freed(spec.id(), number, List.copyOf(runs)));
            if (Lifecycle.callsDriver(spec.protocol(), spec.type())) {
                callsDue++;
                log.then(() -> {
                    sorted.forEach(i -> driver.pageFree(headAt(i), geometry.order()));
                    callsDue--;
                    if (!finishing) {
                        reportDrained();
                    }
                });
            }
        }
        woken.sort(Comparator.comparingInt(Woken::index)); // not in the order in which heads came to answer
        for (Woken head : woken) {
            for (Waiter waiter : head.waiters) {
                record(new Event.WaiterTold(spec.id(), number, headAt(head.index), waiter.id(), true));
                log.then(() -> waiter.replyTo.tell(new IdleAnswer(headAt(head.index), true, null)));
            }
        }
    }

    /** Once for each notice: that cleanup touched what it should not have (D7). */
    private void warnOfWrongCleanup(List<Integer> freed) {
        if (spec.protocol().cleanup() == FreeCleanup.BY_TYPE) {
            return;
        }
        for (int index : freed) {
            String wrong = Lifecycle.wronglyCleaned(spec.protocol(), spec.type(), records.of(headAt(index)));
            if (wrong != null) {
                warn("D7", wrong + ": head=0x" + Long.toHexString(headAt(index)));
                return;
            }
        }
    }

    /** Where hand-out sets the count, a reference may have been overwritten, and its put finds nothing (B38). */
    private void onUnbalanced(int index, PutOp op) {
        if (rules.requestCount() != RequestCount.SET_ONE) {
            throw new IllegalStateException("head refused a put the ledger allowed: pgmap=" + spec.id() + " section="
                    + number + " index=" + index + " holder=" + op.holder);
        }
        warn(
                "B38",
                "a reference was put that hand-out had overwritten: head=0x" + Long.toHexString(headAt(index))
                        + " holder=" + op.holder);
    }

    private Answer remember(Release release, Answer answer) {
        return watches(release.holder) ? remember(release.holder, release.sequence, release.floor, answer) : answer;
    }

    private Behavior<Command> answer(Release release, Answer answer, int headSteps) {
        tell(
                release.replyTo,
                new ReleaseAnswer(spec.id(), number, release.sequence, answer.pages(), answer.refusal(), headSteps));
        return this;
    }

    /** What a holder is told waits until what led to it is safe. */
    private void tell(ActorRef<ToHolder> holder, ToHolder answer) {
        log.then(() -> wiring.link().send(holder, answer));
    }

    // ---- holders that die or are told to let go

    /** The account of whoever asks, opened if this is the first time; from here on it is watched. */
    private Account watched(Numbered request, ActorRef<ToHolder> replyTo) {
        Account account = opened(request.holder());
        account.asked = Math.max(account.asked, request.sequence());
        if (account.watched == null) {
            account.watched = replyTo;
            getContext().watchWith(replyTo, new HolderGone(account.holder, replyTo));
        }
        return account;
    }

    private boolean watches(String holder) {
        Account account = account(holder);
        return account != null && account.watched != null;
    }

    /** The account of {@code holder}, if it has one; mostly the one that was looked for last. */
    private @Nullable Account account(String holder) {
        Account last = lastAccount;
        if (last != null && last.holder.equals(holder)) {
            return last;
        }
        Account found = accounts.get(holder);
        if (found != null) {
            lastAccount = found;
        }
        return found;
    }

    private Account opened(String holder) {
        Account account = account(holder);
        if (account == null) {
            account = new Account(holder, HolderLedger.EMPTY);
            accounts.put(holder, account);
            lastAccount = account;
        }
        return account;
    }

    private static HolderLedger ledgerOf(@Nullable Account account) {
        return account == null ? HolderLedger.EMPTY : account.ledger;
    }

    private @Nullable Held held(String holder, long sequence) {
        return ledgerOf(account(holder)).held().get(sequence);
    }

    /** All accounts, by name; a list of the caller's own. */
    private List<Account> accounts() {
        List<Account> all = new ArrayList<>(accounts.values());
        all.sort(Comparator.comparing(account -> account.holder));
        return all;
    }

    /** All accounts as one, for whoever asks about them. */
    private SectionLedger ledger() {
        SectionLedger all = SectionLedger.empty(geometry);
        for (Account account : accounts()) {
            all = all.with(account.holder, account.ledger);
        }
        return all;
    }

    /** A retired section has no references to give back any more: cleanup has taken the memory from under them (R28). */
    private Behavior<Command> onHolderGone(HolderGone gone) {
        Account account = account(gone.holder);
        if (account != null && gone.ref.equals(account.watched)) {
            account.watched = null;
            if (!retired) {
                reclaim(account);
            }
        }
        return finishReady();
    }

    /** The one place where a dead holder's references are released; those on the pgmap behind those on pages. */
    private void reclaim(Account account) {
        String holder = account.holder;
        giveBackAll(account, ReleaseCause.RECLAIM);
        List<WalkRefs.Grant> walks = walkRefs.grantsOf(holder);
        if (!walks.isEmpty()) {
            underWay.add(new WalksOverOp(walks));
        }
        boolean asking = underWay.stream().anyMatch(op -> op instanceof GrabOp g && g.request.holder.equals(holder));
        if (!asking) {
            forget(account);
            writeStart();
            log.receipt(Receipt.gone(holder));
        }
    }

    private void forget(Account account) {
        if (!account.ledger.idle()) {
            throw new IllegalStateException(
                    "a holder with references cannot be forgotten: pgmap=" + spec.id() + " holder=" + account.holder);
        }
        accounts.remove(account.holder);
        lastAccount = null;
    }

    private void tellRevoked(PutOp op) {
        Account account = account(op.holder);
        ActorRef<ToHolder> ref = account == null ? null : account.watched;
        if (ref != null && revoking != null) {
            tell(ref, new Revoked(spec.id(), number, op.grabSequence, op.kind, op.runs, revoking));
        }
    }

    private void giveBackAll(Account account, ReleaseCause cause) {
        account.ledger
                .held()
                .forEach((sequence, held) -> put(new PutOp(account.holder, sequence, held.kind(), held.runs(), cause)));
    }

    private Behavior<Command> onRevokeHolders(RevokeHolders revoke) {
        revoking = revoke.reason;
        accounts().forEach(account -> giveBackAll(account, ReleaseCause.REVOKE));
        return finishReady();
    }

    // ---- waiting for a head

    private Behavior<Command> onAwaitIdle(AwaitIdle await) {
        long head = geometry.headOf(await.head);
        if (retired || !spec.owns(head) || spec.sectionOf(head) != number) {
            await.replyTo.tell(new IdleAnswer(head, false, retired ? Refusal.DEAD : Refusal.OUT_OF_RANGE));
            return this;
        }
        AwaitOp op = new AwaitOp(head, new Waiter(await.waiter, await.rule, await.replyTo));
        underWay.add(op);
        heads.ask(indexOf(head), 1, new Head.Await(op, op.waiter));
        return finishReady();
    }

    private void finish(AwaitOp op) {
        if (op.refusal != null) {
            log.then(() -> op.waiter.replyTo.tell(new IdleAnswer(op.head, false, op.refusal)));
            return;
        }
        record(new Event.WaiterAdded(spec.id(), number, op.head, op.waiter.id(), op.waiter.rule()));
        if (op.idle) {
            record(new Event.WaiterTold(spec.id(), number, op.head, op.waiter.id(), true));
            log.then(() -> op.waiter.replyTo.tell(new IdleAnswer(op.head, true, null)));
        }
    }

    private Behavior<Command> onCancelAwait(CancelAwait cancel) {
        long head = geometry.headOf(cancel.head);
        if (isHere(head) && heads.live(indexOf(head))) {
            CancelOp op = new CancelOp(head);
            underWay.add(op);
            heads.ask(indexOf(head), 1, new Head.CancelAwait(op, cancel.waiter));
        }
        return finishReady();
    }

    private void finish(CancelOp op) {
        for (Waiter waiter : op.cancelled) {
            record(new Event.WaiterTold(spec.id(), number, op.head, waiter.id(), false));
            log.then(() -> waiter.replyTo.tell(new IdleAnswer(op.head, false, null)));
        }
    }

    // ---- files, and looking at pages

    private Behavior<Command> onTie(Tie tie) {
        return tied(
                tie,
                tie.replyTo,
                tie.floor,
                tie.runs,
                () -> !gate.live() ? Refusal.DYING : tie.once && anyPoisoned(tie.runs) ? Refusal.POISONED : null,
                () -> tie.once
                        ? missingTies(tie)
                        : List.of(new Event.Tied(
                                spec.id(), number, tie.holder, tie.sequence, tie.file, tie.runs, tie.index)));
    }

    private Behavior<Command> onTieRow(TieRow row) {
        List<Run> heads = List.of(row.heads);
        if (!retired && ownsAll(heads)) {
            Tie tie = new Tie(spec.id(), getContext().getSystem().ignoreRef(), 0, 0, row.file, heads, row.index, true);
            missingTies(tie).forEach(this::record);
        }
        return this;
    }

    /** The ties that are not there yet, one for each row of heads nobody has tied. */
    private List<Event> missingTies(Tie tie) {
        List<Event> missing = new ArrayList<>();
        if (tie.runs.stream().allMatch(records::blank)) {
            missing.add(new Event.Tied(spec.id(), number, tie.holder, tie.sequence, tie.file, tie.runs, tie.index));
            return missing;
        }
        long index = tie.index;
        for (Run run : tie.runs) {
            int from = 0;
            for (int i = 0; i <= run.heads(); i++) {
                if (i < run.heads()
                        && !records.of(run.firstHead() + i * geometry.pages()).tied()) {
                    continue;
                }
                if (i > from) {
                    Run row = new Run(run.firstHead() + from * geometry.pages(), i - from, 1);
                    long at = index + from * geometry.pages();
                    missing.add(
                            new Event.Tied(spec.id(), number, tie.holder, tie.sequence, tie.file, List.of(row), at));
                }
                from = i + 1;
            }
            index += run.heads() * geometry.pages();
        }
        return missing;
    }

    private Behavior<Command> onUntie(Untie untie) {
        return tied(
                untie,
                untie.replyTo,
                untie.floor,
                untie.runs,
                () -> allTied(untie.runs) ? null : Refusal.UNKNOWN_PIN,
                () -> List.of(
                        new Event.Untied(spec.id(), number, untie.holder, untie.sequence, untie.file, untie.runs)));
    }

    private Behavior<Command> tied(
            Numbered request,
            ActorRef<ToHolder> replyTo,
            long floor,
            List<Run> runs,
            Supplier<@Nullable Refusal> objection,
            Supplier<List<Event>> events) {
        Answer answer = ledgerOf(account(request.holder())).alreadyAnswered(request.sequence());
        if (answer == null) {
            Refusal refusal =
                    retired ? Refusal.DEAD : runs.isEmpty() || !ownsAll(runs) ? Refusal.OUT_OF_RANGE : objection.get();
            if (refusal == null) {
                watched(request, replyTo);
                events.get().forEach(this::record);
            }
            answer = new Answer(refusal == null ? Runs.heads(runs) : 0, refusal);
            if (watches(request.holder())) {
                remember(request.holder(), request.sequence(), floor, answer);
            }
        }
        tell(replyTo, new TieAnswer(spec.id(), number, request.sequence(), answer.refusal()));
        return this;
    }

    private boolean allTied(List<Run> runs) {
        for (Run run : runs) {
            for (int i = 0; i < run.heads(); i++) {
                if (!records.of(run.firstHead() + i * geometry.pages()).tied()) {
                    return false;
                }
            }
        }
        return true;
    }

    private Behavior<Command> onFindBusy(FindBusy find) {
        boolean here = !retired && !find.runs.isEmpty() && ownsAll(find.runs);
        LookOp op = new LookOp() {
            @Override
            boolean wanted(HeadState state) {
                return !state.idle(find.rule, rules);
            }

            @Override
            void tell() {
                long head = found == Integer.MAX_VALUE ? -1 : headAt(found);
                BusyFound busy = new BusyFound(number, head, counts, head < 0 ? List.of() : ledger().holdersOf(head));
                log.then(() -> find.replyTo.tell(busy));
            }
        };
        underWay.add(op);
        for (Run run : here ? find.runs : List.<Run>of()) {
            int first = indexOf(run.firstHead());
            for (int i = 0; i < run.heads(); i++) {
                look(op, first + i);
            }
        }
        return finishReady();
    }

    private Behavior<Command> onFindUnpinned(FindUnpinned find) {
        boolean here = !retired && !find.runs.isEmpty() && ownsAll(find.runs);
        LookOp op = new LookOp() {
            private long pinned;

            @Override
            boolean wanted(HeadState state) {
                return !state.maybeDmaPinned(rules);
            }

            @Override
            void look(int index, HeadState state) {
                super.look(index, state);
                pinned += wanted(state) ? 0 : refsAt(find.runs, headAt(index));
            }

            @Override
            void tell() {
                long head = !here ? find.runs.get(0).firstHead() : found == Integer.MAX_VALUE ? -1 : headAt(found);
                UnpinnedFound unpinned = new UnpinnedFound(number, pinned, head, counts);
                log.then(() -> find.replyTo.tell(unpinned));
            }
        };
        underWay.add(op);
        for (Run run : here ? find.runs : List.<Run>of()) {
            int first = indexOf(run.firstHead());
            for (int i = 0; i < run.heads(); i++) {
                look(op, first + i);
            }
        }
        return finishReady();
    }

    private int refsAt(List<Run> runs, long head) {
        int lo = 0;
        int hi = runs.size() - 1;
        while (lo < hi) {
            int mid = (lo + hi + 1) >>> 1;
            if (runs.get(mid).firstHead() <= head) {
                lo = mid;
            } else {
                hi = mid - 1;
            }
        }
        return runs.get(lo).refs();
    }

    /** A head that is not live is parked. */
    private void look(LookOp op, int index) {
        if (heads.live(index)) {
            heads.ask(index, 1, new Head.Report(op));
        } else {
            op.look(index, parked());
        }
    }

    private Behavior<Command> onAskPage(AskPage ask) {
        return show(ask.pfn, ask.replyTo);
    }

    private Behavior<Command> onPoison(Poison poison) {
        long head = geometry.headOf(poison.pfn);
        boolean wanted = !poison.tiedOnly || records.of(head).mapping() != null;
        if (!retired && wanted && isHere(poison.pfn) && !records.of(head).has(PageFlag.HWPOISON)) {
            poisonedHeads++;
            record(new Event.Poisoned(spec.id(), number, head, poison.pfn));
        }
        return show(poison.pfn, poison.replyTo);
    }

    private boolean isHere(long pfn) {
        return spec.owns(pfn) && spec.sectionOf(pfn) == number;
    }

    private Behavior<Command> show(long pfn, ActorRef<PageShown> replyTo) {
        long head = geometry.headOf(pfn);
        if (retired || !isHere(pfn)) {
            Refusal refusal = retired ? Refusal.DEAD : Refusal.OUT_OF_RANGE;
            replyTo.tell(new PageShown(spec.id(), pfn, head, HeadState.AT_ZERO, PageRecord.BLANK, List.of(), refusal));
            return this;
        }
        LookOp op = new LookOp() {
            @Override
            boolean wanted(HeadState state) {
                return true;
            }

            @Override
            void tell() {
                PageShown shown =
                        new PageShown(spec.id(), pfn, head, counts, records.of(head), ledger().holdersOf(head), null);
                log.then(() -> replyTo.tell(shown));
            }
        };
        underWay.add(op);
        look(op, indexOf(head));
        return finishReady();
    }

    // ---- teardown

    private Behavior<Command> onFreeze(Freeze freeze) {
        gate = gate.freeze();
        SectionLedger ledger = ledger();
        boolean idle = ledger.idle() && grabsUnderWay == 0 && walkRefs.total() == 0;
        Pgmap.SectionFrozen answer = new Pgmap.SectionFrozen(number, idle, ledger.holdings());
        log.then(() -> freeze.replyTo.tell(answer));
        return this;
    }

    private Behavior<Command> onThaw() {
        gate = gate.thaw();
        return releaseFrozen();
    }

    private void holdBack(Grab grab) {
        if (frozen.stream()
                .anyMatch(c -> c instanceof Grab g && g.sequence == grab.sequence && g.holder.equals(grab.holder))) {
            return;
        }
        if (frozen.size() >= wiring.limits().frozenRequestsMax()) {
            record(new Event.GrabRefused(spec.id(), number, grab.holder, grab.sequence, grab.kind, -1, Refusal.LIMIT));
            answer(grab, remember(grab, Answer.refused(Refusal.LIMIT)), 0);
            return;
        }
        frozen.add(grab);
    }

    private Behavior<Command> releaseFrozen() {
        while (!frozen.isEmpty()) {
            if (frozen.poll() instanceof Grab grab) {
                onGrab(grab);
            }
        }
        return this;
    }

    private Behavior<Command> onCloseGate(CloseGate close) {
        teardown = close.replyTo;
        if (gate.live()) {
            gate = gate.kill();
            closedShare = gate.share();
            record(new Event.GateClosed(spec.id(), number, closedShare, gateHolders + walkRefs.total()));
        }
        long share = closedShare;
        log.then(() -> close.replyTo.tell(new Teardown.GateClosed(number, share)));
        releaseFrozen();
        return finishReady();
    }

    private Behavior<Command> onDropBase(DropBase drop) {
        if (baseDropped || !spec.protocol().mapTakesPgmapRefs(spec.type())) {
            log.then(() -> drop.replyTo.tell(new Teardown.BaseDropped(number)));
            return finishReady();
        }
        baseDropped = true;
        boolean counts = spec.protocol().pageHoldsPgmapRef(spec.type());
        BaseOp op = new BaseOp(drop.replyTo, counts, spec.headsIn(number) - heads.live());
        underWay.add(op);
        Head.Command message = counts ? new Head.PutBase(op) : new Head.Report(op);
        for (int i = 0, first = 0; i <= size; i++) {
            if (i == size || !heads.live(i)) {
                if (first < i) {
                    heads.ask(first, i - first, message);
                }
                first = i + 1;
            }
        }
        return finishReady();
    }

    private void finish(BaseOp op) {
        if (op.counts) {
            gate = gate.put((long) op.untouched + op.zeroed);
        } else {
            gate = gate.put(spec.headsIn(number));
            op.refcountSum += (long) op.untouched * rules.base();
        }
        recordOnly(new Event.BaseDropped(spec.id(), number, spec.headsIn(number), op.counts, op.refcountSum));
        tellIdle(op.freed, op.woken);
        log.then(() -> op.replyTo.tell(new Teardown.BaseDropped(number)));
    }

    private Behavior<Command> onRetire(Retire retire) {
        retired = true;
        for (int i = 0; i < size; i++) {
            if (heads.busy(i)) {
                CancelOp op = new CancelOp(headAt(i));
                underWay.add(op);
                heads.ask(i, 1, new Head.CancelAwait(op, Head.CancelAwait.EVERYBODY));
            }
        }
        underWay.add(new RetireOp(retire.replyTo));
        return finishReady();
    }

    // ---- the queue of requests under way

    private Behavior<Command> onHeadAnswered(HeadAnswered answer) {
        heads.answered(answer);
        return answer.op.outstanding == 0 ? finishReady() : this;
    }

    /** Whether the share is zero is asked behind each of them, not behind as many as happen to be ready at the same time. */
    private Behavior<Command> finishReady() {
        Op op;
        while ((op = underWay.peek()) != null && op.outstanding == 0) {
            underWay.poll();
            finishing = true;
            finish(op);
            finishing = false;
            reportDrained();
        }
        reportDrained();
        return this;
    }

    private void finish(Op op) {
        if (op instanceof GrabOp grab) {
            finish(grab);
        } else if (op instanceof PutOp put) {
            finish(put);
        } else if (op instanceof BaseOp base) {
            finish(base);
        } else if (op instanceof AwaitOp await) {
            finish(await);
        } else if (op instanceof CancelOp cancel) {
            finish(cancel);
        } else if (op instanceof ReadOp read) {
            finish(read);
        } else if (op instanceof EndWalkOp end) {
            finish(end);
        } else if (op instanceof WalksOverOp over) {
            over.grants.forEach(grant -> endWalk(grant.holder(), grant.sequence()));
        } else if (op instanceof HoldingsOp holdings) {
            Holdings answer = new Holdings(number, ledger().holdings());
            log.then(() -> holdings.replyTo.tell(answer));
        } else if (op instanceof LookOp look) {
            look.tell();
        } else if (op instanceof RetireOp retire) {
            log.then(() -> retire.replyTo.tell(new Teardown.Retired(number)));
        }
    }

    /** Not before the driver has heard of every page that became free (B4). */
    private void reportDrained() {
        ActorRef<Teardown.Command> waits = teardown;
        if (waits != null && !drainReported && callsDue == 0 && gate.drained()) {
            drainReported = true;
            if (!drainRecorded) {
                record(new Event.ShareDrained(spec.id(), number));
            }
            log.then(() -> waits.tell(new Teardown.ShareDrained(number)));
        }
    }

    /**
     * Whether that request is under way already. A number above all that its holder has asked under, which is what holders count
     * up to, need not be looked for.
     */
    private boolean repeats(@Nullable Account account, String holder, long sequence) {
        if (account != null && sequence > account.asked) {
            account.asked = sequence;
            return false;
        }
        for (Op op : underWay) {
            if (op.isFor(holder, sequence)) {
                return true;
            }
        }
        return false;
    }

    /** Pages that came into use take a pgmap reference, pages that are out of use give theirs back, where they have any. */
    private void pageRefs(Op op) {
        if (!spec.protocol().pageHoldsPgmapRef(spec.type())) {
            return;
        }
        gate = gate.get(op.activated * refsPerHead);
        long back = op.zeroed * refsPerHead;
        if (takesPgmapLate && back > gate.share()) {
            warn(
                    "R10",
                    "the pgmap reference was put more often than it was taken: pages=" + op.zeroed + " share="
                            + gate.share());
            back = gate.share();
        }
        gate = gate.put(back);
    }

    // ---- heads

    private void sweepLater() {
        if (!sweeping) {
            sweeping = true;
            sweep = later(Sweep.INSTANCE, wiring.limits().headIdleTimeout());
        }
    }

    private Cancellable later(Command command, Duration delay) {
        return getContext().scheduleOnce(delay, getContext().getSelf(), command);
    }

    private HeadState parked() {
        return baseDropped ? parkedWithoutBase : parkedAtFirst;
    }

    /** Stops heads that nobody has used since the last sweep and that nothing refers to. */
    private Behavior<Command> onSweep() {
        sweeping = false;
        if (heads.sweep()) {
            sweepLater();
        }
        return this;
    }

    private Behavior<Command> onAskHoldings(AskHoldings ask) {
        underWay.add(new HoldingsOp(ask.replyTo));
        return finishReady();
    }

    private Behavior<Command> onTouchedByCpu(TouchedByCpu touched) {
        Refusal refusal = retired ? Refusal.DEAD : isHere(touched.pfn) ? null : Refusal.OUT_OF_RANGE;
        boolean done = refusal == null && driver.migrateToRam(touched.pfn);
        touched.replyTo.tell(new BroughtBack(touched.pfn, done, refusal));
        return this;
    }

    private Behavior<Command> onAskCensus(AskCensus ask) {
        ask.replyTo.tell(new Census(number, heads.actors(), underWay.size(), (int) accounts.values().stream()
                .filter(account -> !account.ledger.equals(HolderLedger.EMPTY))
                .count()));
        return this;
    }

    private int indexOf(long headPfn) {
        return (int) ((headPfn - firstPfn) >> geometry.order());
    }

    private long headAt(int index) {
        return firstPfn + ((long) index << geometry.order());
    }

    // ---- the record

    private void record(Event event) {
        writeStart();
        walkRefs = walkRefs.apply(event);
        records = records.apply(event);
        log.record(event);
    }

    private void recordOnly(Event event) {
        writeStart();
        log.record(event);
    }
}
