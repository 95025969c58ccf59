package org.pagepool.actors;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.head.HeadState;

/**
 * Heads that their section counts for. Each does at once what it is asked, so that a request has all its answers when it has been
 * sent. Heads whose counts are the same share them; one that is back at the counts of a parked one, and that nobody waits for, is
 * forgotten.
 */
final class HostedHeads implements Heads {
    private final HeadMachine machine;
    private final Supplier<HeadState> parked;
    private final @Nullable HeadState[] counts;
    private final Map<Integer, List<Section.Waiter>> waiting = new HashMap<>(0);
    private int live;

    /**
     * None yet.
     *
     * @param parked the counts of a head that nobody refers to
     * @param size how many there may be
     */
    HostedHeads(HeadMachine machine, Supplier<HeadState> parked, int size) {
        this.machine = machine;
        this.parked = parked;
        this.counts = new HeadState[size];
    }

    /** Where one head is as the one before it, it is asked the same and does the same: that is worked out once. */
    @Override
    @SuppressWarnings("ReferenceEquality")
    public void ask(int first, int count, Head.Command message) {
        Section.Op op = message.op();
        op.steps += count;
        HeadState idle = parked.get();
        boolean basePut = idle.refcount() != machine.rules().base();
        boolean alone = waiting.isEmpty() && !(message instanceof Head.Await);
        HeadStep step = null;
        for (int i = first; i < first + count; i++) {
            HeadState before = counts[i] == null ? idle : counts[i];
            if (step == null || !alone || step.before() != before) {
                step = machine.on(message, before, waiting.getOrDefault(i, List.of()), basePut);
            }
            keep(i, step, idle);
            op.collect(i, step);
        }
    }

    private void keep(int index, HeadStep step, HeadState idle) {
        if (step.waiting().isEmpty()) {
            if (!waiting.isEmpty()) {
                waiting.remove(index);
            }
        } else {
            waiting.put(index, step.waiting());
        }
        boolean forget = step.waiting().isEmpty() && step.after().equals(idle);
        live += (forget ? 0 : 1) - (counts[index] == null ? 0 : 1);
        counts[index] = forget ? null : step.after();
    }

    @Override
    public boolean live(int index) {
        return counts[index] != null;
    }

    @Override
    public boolean busy(int index) {
        return waiting.containsKey(index);
    }

    @Override
    public void restore(int index, HeadState state) {
        counts[index] = state;
        live++;
    }

    @Override
    public int live() {
        return live;
    }

    @Override
    public int actors() {
        return 0;
    }

    @Override
    public void answered(Section.HeadAnswered answer) {
        throw new IllegalStateException("no head is an actor here: index=" + answer.index());
    }

    @Override
    public boolean sweep() {
        return false;
    }
}
