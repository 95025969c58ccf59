package org.pagepool.runtime.dax;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.dax.LayoutBreak.Action;
import org.pagepool.runtime.dax.LayoutBreak.Input;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.gup.Lookup;
import org.pagepool.runtime.gup.Mapping;
import org.pagepool.runtime.gup.PageTable;
import org.pagepool.runtime.gup.Seen;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.HeadRules;
import org.pagepool.runtime.head.HeadState;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;

/**
 * One file of a few pages, one address space, some walkers and faults, one truncation after the other; every step of every
 * one of them is a step of its own, and the caller says whose is next. Entries, lock, layout break, counts and page table are
 * the real ones.
 */
final class TinyFile {
    static final int PAGES = 3;
    private static final long PFN = 64;

    private final Protocol protocol;
    private final EntryRules entryRules;
    private final HeadRules rules;
    private final Geometry geometry = Geometry.BASE;
    private final HeadState[] heads = new HeadState[PAGES];
    private final boolean[] blocks = new boolean[PAGES];
    private final List<Task> tasks = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private DaxEntries entries = DaxEntries.EMPTY;
    private FaultLock lock = FaultLock.FREE;
    private PageTable table = PageTable.empty(BasePage.KIB_4);

    /** A page that was given back while a walk that kept it still has it, or null. */
    @Nullable
    String broken;

    /** Entries taken out while their page counted more than it may (B35). */
    int warnings;

    int truncated;

    TinyFile(Protocol protocol, int walkers, int faults) {
        this.protocol = protocol;
        this.entryRules = EntryRules.of(protocol);
        this.rules = HeadRules.of(protocol, MemoryType.FS_DAX, geometry);
        for (int i = 0; i < PAGES; i++) {
            heads[i] = rules.parked();
            blocks[i] = true;
        }
        for (int i = 0; i < walkers; i++) {
            tasks.add(new Walk(i, i % 2 == 0 ? GrabKind.PIN : GrabKind.GET));
        }
        for (int i = 0; i < faults; i++) {
            tasks.add(new Fault(i));
        }
        tasks.add(new Truncation());
    }

    List<String> log() {
        return log;
    }

    /** One step of the task that {@code choice} names, the next one that can do anything if it cannot. */
    boolean step(int choice, int argument) {
        for (int i = 0; i < tasks.size(); i++) {
            if (tasks.get(Math.floorMod(choice + i, tasks.size())).step(argument)) {
                return true;
            }
        }
        return false;
    }

    private boolean busy(HeadState head) {
        return switch (entryRules.idle()) {
            case NOT_PINNED -> head.maybeDmaPinned(rules);
            case COUNT_EQ_1 -> head.refcount() > 1;
            case COUNT_EQ_0 -> head.refcount() > 0;
            case COUNT_MINUS_MAPCOUNT -> head.refcount() != head.mapcount();
        };
    }

    private interface Task {
        boolean step(int argument);
    }

    /** Lookup, grab, recheck, hold, put. */
    private final class Walk implements Task {
        private final String name;
        private final GrabKind kind;
        private int at;
        private @Nullable Seen seen;
        private int page;

        Walk(int number, GrabKind kind) {
            this.name = "w" + number;
            this.kind = kind;
        }

        boolean keeps(int which) {
            return at == 3 && page == which;
        }

        @Override
        public boolean step(int argument) {
            switch (at) {
                case 0 -> {
                    Lookup found = table.lookup(Math.floorMod(argument, PAGES), 1, true);
                    if (found.pages() == 0) {
                        return false;
                    }
                    seen = found.seen().get(0);
                    page = (int) (found.seen().get(0).pfn() - PFN);
                    at = 1;
                }
                case 1 -> {
                    if (heads[page].refuses(kind, 1, rules) != null) {
                        at = 0;
                        break;
                    }
                    heads[page] = heads[page].grab(kind, 1, rules);
                    at = 2;
                }
                case 2 -> {
                    boolean same = seen != null && table.recheck(List.of(seen)) == 1;
                    if (same || !protocol.recheck()) {
                        at = 3;
                    } else {
                        heads[page] = heads[page].put(kind, 1, rules);
                        at = 0;
                    }
                }
                default -> {
                    heads[page] = heads[page].put(kind, 1, rules);
                    at = 0;
                }
            }
            log.add(name + " " + kind + " page " + page + " now at step " + at);
            return true;
        }
    }

    /** Lock, insert, map, unlock. */
    private final class Fault implements Task {
        private final String name;
        private int at;
        private int page;

        Fault(int number) {
            this.name = "f" + number;
        }

        @Override
        public boolean step(int argument) {
            switch (at) {
                case 0 -> {
                    page = Math.floorMod(argument, PAGES);
                    DaxEntry there = entries.covering(page);
                    boolean taken = there != null && there.is(DaxEntry.Flag.LOCKED);
                    if (!lock.admitsFault() || !blocks[page] || taken || table.covering(page) != null) {
                        return false;
                    }
                    lock = lock.share();
                    DaxEntries.Insertion inserted = entries.insert(DaxEntry.of(page, 0, PFN + page));
                    boolean fresh = there == null || there.is(DaxEntry.Flag.ZAPPED);
                    entries = inserted.entries()
                            .changed(
                                    page,
                                    1,
                                    e -> e.without(DaxEntry.Flag.ZAPPED).with(DaxEntry.Flag.LOCKED));
                    if (fresh && entryRules.holdsRef()) {
                        heads[page] = heads[page].grab(GrabKind.GET, 1, rules);
                    }
                    at = 1;
                }
                case 1 -> {
                    if (entryRules.mapHoldsRef()) {
                        heads[page] = heads[page].grab(GrabKind.MAP, 1, rules);
                    }
                    table = table.insert(new Mapping(page, PFN + page, 1, Level.PTE, true));
                    at = 2;
                }
                default -> {
                    entries = entries.changed(page, 1, e -> e.without(DaxEntry.Flag.LOCKED));
                    lock = lock.unshare().grant();
                    at = 0;
                }
            }
            log.add(name + " page " + page + " now at step " + at);
            return true;
        }
    }

    /** Takes the whole file away, then gives it its blocks again. */
    private final class Truncation implements Task {
        private @Nullable LayoutBreak state;
        private final ArrayDeque<Action> todo = new ArrayDeque<>();
        private int scanned;
        private int busyPage = -1;

        @Override
        public boolean step(int argument) {
            if (state == null) {
                for (int i = 0; i < PAGES; i++) {
                    blocks[i] = true;
                }
                take(LayoutBreak.begin(protocol, protocol.layoutWait()));
                log.add("truncation begins");
                return true;
            }
            Action next = todo.peek();
            if (next == null) {
                throw new IllegalStateException("truncation has nothing to do: " + state);
            }
            if (!act(next)) {
                return false;
            }
            log.add("truncation " + next + " of " + heads[0] + heads[1] + heads[2]);
            return true;
        }

        private void take(LayoutBreak.Step step) {
            state = step.state();
            todo.addAll(step.actions());
        }

        private boolean told(Input input) {
            todo.poll();
            LayoutBreak now = state;
            if (now != null) {
                take(now.on(input));
            }
            return true;
        }

        private boolean act(Action action) {
            switch (action) {
                case TAKE_LOCK -> {
                    if (!lock.wanted() && !lock.writer()) {
                        lock = lock.want();
                    }
                    return lock.writer() && told(Input.LOCKED);
                }
                case DROP_LOCK -> lock = lock.release();
                case UNMAP -> {
                    unmap();
                    return told(Input.UNMAPPED);
                }
                case SCAN -> {
                    return scan();
                }
                case AWAIT_IDLE -> {
                    return !busy(heads[busyPage]) && told(Input.WOKEN);
                }
                case DELETE_ENTRIES -> {
                    return delete();
                }
                case GIVE_BLOCKS_BACK -> {
                    giveBack();
                    return told(Input.FREED);
                }
                case SUCCEED, REFUSE -> {
                    truncated += action == Action.SUCCEED ? 1 : 0;
                    state = null;
                }
                case STOP_WAITING -> {}
            }
            todo.poll();
            return true;
        }

        private void unmap() {
            for (Mapping gone : table.zap(0, PAGES).removed()) {
                for (long vpn = gone.vpn(); vpn < gone.endVpn() && entryRules.mapHoldsRef(); vpn++) {
                    int page = (int) (gone.pfnAt(vpn) - PFN);
                    heads[page] = heads[page].put(GrabKind.MAP, 1, rules);
                }
            }
            table = PageTable.empty(BasePage.KIB_4);
            for (DaxEntry entry : entries.all()) {
                if (entryRules.dropsRefWhenZapped() && !entry.is(DaxEntry.Flag.ZAPPED)) {
                    int page = (int) (entry.pfn() - PFN);
                    heads[page] = heads[page].put(GrabKind.GET, 1, rules);
                }
            }
            if (entryRules.dropsRefWhenZapped()) {
                entries = entries.changed(0, PAGES, entry -> entry.with(DaxEntry.Flag.ZAPPED));
            }
        }

        /** One page for each step: what was looked at may change before the next is. */
        private boolean scan() {
            if (entries.locked(0, PAGES) != null) {
                throw new IllegalStateException("a fault under the lock of a truncation");
            }
            List<DaxEntry> all = entries.all();
            if (scanned < all.size()) {
                int page = (int) (all.get(scanned).pfn() - PFN);
                scanned++;
                if (busy(heads[page])) {
                    scanned = 0;
                    busyPage = page;
                    return told(Input.FOUND_BUSY);
                }
                return true;
            }
            scanned = 0;
            return told(Input.FOUND_IDLE);
        }

        private boolean delete() {
            List<DaxEntry> all = entries.all();
            if (all.isEmpty()) {
                return told(Input.DELETED);
            }
            DaxEntry entry = all.get(0);
            int page = (int) (entry.pfn() - PFN);
            warnings += heads[page].refcount() > entryRules.restingCount() ? 1 : 0;
            if (entryRules.holdsRef() && !entry.is(DaxEntry.Flag.ZAPPED)) {
                heads[page] = heads[page].put(GrabKind.GET, 1, rules);
            }
            entries = entries.delete(page, 1).entries();
            return true;
        }

        private void giveBack() {
            for (int page = 0; page < PAGES; page++) {
                blocks[page] = false;
                for (Task task : tasks) {
                    if (task instanceof Walk walk && walk.keeps(page) && broken == null) {
                        broken = "page " + page + " was given back while " + walk.name + " has it";
                    }
                }
            }
        }
    }
}
