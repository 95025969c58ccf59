package org.pagepool.demo.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The workload of one run: who walks, and what each does. Follows from the scenario and the seed alone.
 *
 * @param scenario the run
 * @param seed all randomness comes from it
 */
public record WorkloadPlan(Scenario scenario, long seed) {
    /**
     * One walker.
     *
     * @param name unique in the run
     * @param group what it does
     * @param index its number in the group, from 0
     */
    public record Walker(String name, WalkerSpec group, int index) {}

    /** Every walker: groups in file order, by number within. */
    public List<Walker> walkers() {
        List<Walker> all = new ArrayList<>(scenario.walkerCount());
        for (WalkerSpec group : scenario.walkers()) {
            for (int i = 0; i < group.count(); i++) {
                all.add(new Walker(group.name(i), group, i));
            }
        }
        return List.copyOf(all);
    }

    /** What that walker does, from its first walk on. */
    public WalkerScript script(Walker walker) {
        return new WalkerScript(seed, walker.group(), walker.index(), scenario.mapsOf(walker.group()));
    }

    /**
     * Sixteen hex digits that stand for the first {@code ops} walks of every walker, or as many as it begins; equal
     * workloads, equal digests.
     */
    public String digest(int ops) {
        StableHash hash = new StableHash();
        for (Walker walker : walkers()) {
            hash.add(walker.name());
            WalkerScript script = script(walker);
            long most = walker.group().walks();
            for (int i = 0; i < ops && (most == 0 || i < most); i++) {
                Op op = script.next();
                hash.add(op.vpn()).add(op.pages()).add(op.holdNanos()).add(op.thinkNanos());
            }
        }
        return String.format(Locale.ROOT, "%016x", hash.value());
    }
}
