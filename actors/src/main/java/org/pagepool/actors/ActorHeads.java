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
    private static final class Slot {
        @Nullable
        ActorRef<Head.Command> ref;

        int underWay;
        int waiters;
        boolean used;
        HeadState known;

        Slot(HeadState known) {
            this.known = known;
        }
    }

    private final ActorContext<Section.Command> context;
    private final ActorRef<Section.Command> self;
    private final HeadMachine machine;
    private final Supplier<HeadState> parked;
    private final long firstPfn;
    private final Runnable started;
    private final @Nullable Slot[] slots;
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
        this.self = context.getSelf();
        this.machine = machine;
        this.parked = parked;
        this.firstPfn = firstPfn;
        this.slots = new Slot[size];
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
            Slot slot = slots[i];
            ActorRef<Head.Command> ref = slot == null ? null : slot.ref;
            if (slot == null || ref == null) {
                slot = slot == null ? restored(i, parked.get()) : slot;
                ref = start(i, slot);
            }
            slot.underWay++;
            slot.used = true;
            ref.tell(message);
        }
    }

    private ActorRef<Head.Command> start(int index, Slot slot) {
        HeadState idle = parked.get();
        boolean basePut = idle.refcount() != machine.rules().base();
        String name = "0x"
                + Long.toHexString(firstPfn + ((long) index << machine.rules().order())) + "-" + everStarted++;
        Behavior<Head.Command> head = new Head(self, machine, slot.known, basePut, index);
        ActorRef<Head.Command> ref = context.spawn(head, name);
        slot.ref = ref;
        actors++;
        started.run();
        return ref;
    }

    @Override
    public boolean live(int index) {
        return slots[index] != null;
    }

    @Override
    public boolean busy(int index) {
        Slot slot = slots[index];
        return slot != null && (slot.waiters > 0 || slot.underWay > 0);
    }

    @Override
    public void restore(int index, HeadState counts) {
        restored(index, counts);
    }

    private Slot restored(int index, HeadState counts) {
        Slot slot = new Slot(counts);
        slots[index] = slot;
        live++;
        return slot;
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
        Slot slot = slots[answer.index()];
        HeadStep step = answer.step();
        if (slot != null) {
            slot.underWay--;
            slot.known = step.after();
            slot.waiters = step.waiting().size();
        }
        answer.op().outstanding--;
        answer.op().collect(answer.index(), step);
    }

    @Override
    public boolean sweep() {
        HeadState idle = parked.get();
        for (int i = 0; i < slots.length && live > 0; i++) {
            Slot slot = slots[i];
            if (slot == null) {
                continue;
            }
            if (!slot.used && slot.underWay == 0 && slot.waiters == 0 && slot.known.equals(idle)) {
                ActorRef<Head.Command> ref = slot.ref;
                if (ref != null) {
                    context.stop(ref);
                    actors--;
                }
                slots[i] = null;
                live--;
            }
            slot.used = false;
        }
        return actors > 0;
    }
}
