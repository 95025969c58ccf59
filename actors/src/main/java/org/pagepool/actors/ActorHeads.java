package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.HeadState;

/**
 * Heads that are actors: each has a mailbox of its own, and what is asked of two of them overlaps. One that comes back after a
 * crash becomes an actor when somebody asks it for something.
 */
final class ActorHeads implements Heads {
    /** Heads side by side: what the section keeps of each lies where that of its neighbours does, for they are mostly asked in a row. */
    private static final class Row {
        static final int HEADS = 16;

        final @Nullable ActorRef<Head.Command>[] refs;
        final @Nullable HeadState[] known;
        final int[] underWay;
        final int[] waiters;
        final boolean[] used;
        private @Nullable AtHand atHand;

        @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic types
        Row(int heads) {
            this.refs = new ActorRef[heads];
            this.known = new HeadState[heads];
            this.underWay = new int[heads];
            this.waiters = new int[heads];
            this.used = new boolean[heads];
        }

        /** All of them are about to be told something. */
        void read() {
            if (atHand == null) {
                atHand = new AtHand(refs.length);
            }
            atHand.read(refs, underWay);
        }

        boolean busy(int at) {
            return waiters[at] > 0 || underWay[at] > 0;
        }

        /** It is no actor any more. */
        void drop(int at) {
            refs[at] = null;
            if (atHand != null) {
                atHand.forget(at);
            }
        }
    }

    private final ActorContext<Section.Command> context;
    private final HeadMachine machine;
    private final Behavior<Head.Command> unborn;
    private final Supplier<HeadState> parked;
    private final long firstPfn;
    private final Runnable started;
    private final int size;
    private final @Nullable Row[] rows;
    private int live;
    private int actors;
    private long everStarted;

    /**
     * None yet.
     *
     * @param parked the counts of a head that nobody refers to
     * @param firstPfn of the section
     * @param size how many there may be
     * @param started called when a head has become an actor
     */
    ActorHeads(
            ActorContext<Section.Command> context,
            HeadMachine machine,
            Supplier<HeadState> parked,
            long firstPfn,
            int size,
            Runnable started) {
        this.context = context;
        this.machine = machine;
        this.unborn = Head.of(context.getSelf(), new Alike(machine));
        this.parked = parked;
        this.firstPfn = firstPfn;
        this.size = size;
        this.rows = new Row[(size + Row.HEADS - 1) / Row.HEADS];
        this.started = started;
    }

    @Override
    public void ask(int first, int count, Head.Command message) {
        Section.Op op = message.op();
        op.outstanding += count;
        op.steps += count;
        FairForkJoin.near(() -> tell(first, count, message));
    }

    private void tell(int first, int count, Head.Command message) {
        for (int i = first; i < first + count; i++) {
            Row row = row(i);
            int at = i % Row.HEADS;
            if (at == 0 && first + count - i >= Row.HEADS) {
                row.read();
            }
            ActorRef<Head.Command> ref = row.refs[at];
            if (ref == null) {
                ref = start(i, row, at, message.op());
            }
            row.underWay[at]++;
            row.used[at] = true;
            ref.tell(message);
        }
    }

    private Row row(int index) {
        Row row = rows[index / Row.HEADS];
        if (row == null) {
            row = new Row(Math.min(size, Row.HEADS));
            rows[index / Row.HEADS] = row;
        }
        return row;
    }

    private ActorRef<Head.Command> start(int index, Row row, int at, Section.Op op) {
        HeadState idle = parked.get();
        HeadState counts = row.known[at];
        if (counts == null) {
            counts = idle;
            restore(index, idle);
        }
        boolean basePut = idle.refcount() != machine.rules().base();
        String name = "0x"
                + Long.toHexString(firstPfn + ((long) index << machine.rules().order())) + "-" + everStarted++;
        ActorRef<Head.Command> ref = Children.spawn(context, unborn, name);
        ref.tell(new Head.Be(op, index, counts, basePut));
        row.refs[at] = ref;
        actors++;
        started.run();
        return ref;
    }

    @Override
    public boolean live(int index) {
        Row row = rows[index / Row.HEADS];
        return row != null && row.known[index % Row.HEADS] != null;
    }

    @Override
    public boolean busy(int index) {
        Row row = rows[index / Row.HEADS];
        return row != null && row.busy(index % Row.HEADS);
    }

    @Override
    public void restore(int index, HeadState counts) {
        row(index).known[index % Row.HEADS] = counts;
        live++;
    }

    @Override
    public int live() {
        return live;
    }

    @Override
    public int actors() {
        return actors;
    }

    @Override
    public void answered(Section.HeadAnswered answer) {
        Row row = rows[answer.index() / Row.HEADS];
        int at = answer.index() % Row.HEADS;
        HeadStep step = answer.step();
        if (row != null && row.known[at] != null) {
            row.underWay[at]--;
            row.known[at] = step.after();
            row.waiters[at] = step.waiting().size();
        }
        answer.op().outstanding--;
        answer.op().collect(answer.index(), step);
    }

    @Override
    public boolean sweep() {
        HeadState idle = parked.get();
        for (int i = 0; i < rows.length && live > 0; i++) {
            Row row = rows[i];
            if (row != null && sweep(row, idle) == 0) {
                rows[i] = null;
            }
        }
        return actors > 0;
    }

    /** How many are left of it. */
    private int sweep(Row row, HeadState idle) {
        int left = 0;
        for (int at = 0; at < row.known.length; at++) {
            if (row.known[at] != null && !row.used[at] && !row.busy(at) && row.known[at].equals(idle)) {
                forget(row, at);
            }
            row.used[at] = false;
            left += row.known[at] == null ? 0 : 1;
        }
        return left;
    }

    private void forget(Row row, int at) {
        ActorRef<Head.Command> ref = row.refs[at];
        if (ref != null) {
            context.stop(ref);
            actors--;
        }
        row.drop(at);
        row.known[at] = null;
        live--;
    }
}
