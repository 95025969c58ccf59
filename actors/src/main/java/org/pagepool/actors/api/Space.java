package org.pagepool.actors.api;

import akka.actor.typed.ActorRef;
import akka.japi.function.Function;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.pagepool.actors.AddressSpace;
import org.pagepool.runtime.event.Sigbus;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.pgmap.PgmapSpec;

/** The address space of one process. Ranges are in its base pages. */
public final class Space {
    private final Pool pool;
    private final String name;
    private final BasePage basePage;
    private final ActorRef<AddressSpace.Command> ref;

    Space(Pool pool, String name, BasePage basePage, ActorRef<AddressSpace.Command> ref) {
        this.pool = pool;
        this.name = name;
        this.basePage = basePage;
        this.ref = ref;
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** The size of its base pages. */
    public BasePage basePage() {
        return basePage;
    }

    /** The actor behind it. */
    public ActorRef<AddressSpace.Command> ref() {
        return ref;
    }

    /**
     * Maps all of {@code device} from virtual page 0 on, writable, all entries at once, by the largest entries that fit a
     * head and the device.
     */
    public CompletionStage<Long> map(Device device) {
        return map(device, 0, 0, device.spec().pages(), largest(device.spec()), true, true);
    }

    /**
     * Maps part of a device. Fails with {@link PoolRefusedException} if the range lies outside the device, overlaps another
     * mapping, or is no multiple of its entries.
     *
     * @param vpn first virtual page
     * @param deviceOffset first page of the device, in base pages
     * @param populate put all entries in now; otherwise the first walk faults them in
     * @return base pages mapped now
     */
    public CompletionStage<Long> map(
            Device device, long vpn, long deviceOffset, long pages, Level level, boolean writable, boolean populate) {
        return mapped(
                device,
                replyTo -> new AddressSpace.Map(
                        device.handle(), vpn, pages, deviceOffset, level, writable, populate, replyTo));
    }

    /**
     * Maps part of a device by pfn alone, like a device's registers: the CPU can use it, but its entries are marked as having no
     * page behind them, and every walk stops there (B17). Otherwise as {@link #map(Device, long, long, long, Level, boolean,
     * boolean)}, writable, all entries at once.
     */
    public CompletionStage<Long> mapSpecial(Device device, long vpn, long deviceOffset, long pages, Level level) {
        return mapped(
                device,
                replyTo -> new AddressSpace.Map(
                        device.handle(), vpn, pages, deviceOffset, level, true, true, true, true, replyTo));
    }

    private CompletionStage<Long> mapped(
            Device device, Function<ActorRef<AddressSpace.Mapped>, AddressSpace.Command> map) {
        return pool.ask(ref, map).thenApply(mapped -> {
            if (mapped.refusal() != null) {
                throw new PoolRefusedException(
                        "mapping refused: space=" + name + " device="
                                + device.spec().id() + ": " + mapped.detail(),
                        mapped.refusal());
            }
            return mapped.pages();
        });
    }

    /**
     * Maps part of a file. Fails like {@link #map(Device, long, long, long, Level, boolean, boolean)}; what lies behind the
     * file's end is mapped once there is something.
     *
     * @param fileOffset first page of the file
     * @param level the largest entries to use
     * @return base pages mapped now
     */
    public CompletionStage<Long> map(
            File file, long vpn, long fileOffset, long pages, Level level, boolean writable, boolean populate) {
        CompletionStage<AddressSpace.Mapped> answer = pool.ask(
                ref,
                replyTo -> new AddressSpace.MapFile(
                        file.handle(), vpn, pages, fileOffset, level, writable, populate, replyTo));
        return answer.thenApply(mapped -> {
            if (mapped.refusal() != null) {
                throw new PoolRefusedException(
                        "mapping refused: space=" + name + " file=" + file.name() + ": " + mapped.detail(),
                        mapped.refusal());
            }
            return mapped.pages();
        });
    }

    /**
     * Maps part of a device-dax device privately or shared. A private mapping is refused (B42); otherwise as {@link #map(Device,
     * long, long, long, Level, boolean, boolean)}, writable, without entries until somebody touches it.
     */
    public CompletionStage<Long> mapDax(
            Device device, long vpn, long deviceOffset, long pages, Level faults, boolean shared) {
        return mapped(
                device,
                replyTo -> new AddressSpace.Map(
                        device.handle(), vpn, pages, deviceOffset, faults, true, false, false, shared, replyTo));
    }

    /**
     * A task touches a page of a device-dax area that is not mapped, and wants an entry of that size. The area serves one size:
     * for a larger one the answer is to try again with a smaller one, for a smaller one the task gets a signal (B42).
     */
    public CompletionStage<AddressSpace.Touched> touch(long vpn, Level size) {
        return pool.ask(ref, replyTo -> new AddressSpace.Touch(vpn, size, replyTo));
    }

    /**
     * Ends the mapping of a range, entries and all. Fails with {@link PoolRefusedException} if that would cut an area inside one
     * of its entries (B42). Returns the pages that are not mapped any more.
     */
    public CompletionStage<Long> unmap(long vpn, long pages) {
        CompletionStage<AddressSpace.Unmapped> answer =
                pool.ask(ref, replyTo -> new AddressSpace.Unmap(vpn, pages, replyTo));
        return answer.thenApply(unmapped -> {
            if (unmapped.refusal() != null) {
                throw new PoolRefusedException(
                        "unmapping refused: space=" + name + ": " + unmapped.detail(), unmapped.refusal());
            }
            return unmapped.pages();
        });
    }

    /** Removes every entry that maps a page of the range; a later walk faults them in again. Returns the pages unmapped. */
    public CompletionStage<Long> zap(long vpn, long pages) {
        if (vpn < 0 || pages <= 0 || vpn + pages < 0) {
            return CompletableFuture.failedFuture(new PoolRefusedException(
                    "no such virtual pages: space=" + name + " vpn=0x" + Long.toHexString(vpn) + " pages=" + pages,
                    Refusal.OUT_OF_RANGE));
        }
        CompletionStage<AddressSpace.Zapped> answer =
                pool.ask(ref, replyTo -> new AddressSpace.Zap(vpn, pages, replyTo));
        return answer.thenApply(AddressSpace.Zapped::pages);
    }

    /** Calls {@code handler} whenever a page that is mapped here is found to be poisoned (B39); it must not block. */
    public void onSigbus(Consumer<Sigbus> handler) {
        ref.tell(new AddressSpace.OnSigbus(handler));
    }

    /** Base pages mapped now. */
    public CompletionStage<Long> mappedPages() {
        CompletionStage<AddressSpace.Zapped> answer = pool.ask(ref, AddressSpace.AskMapped::new);
        return answer.thenApply(AddressSpace.Zapped::pages);
    }

    /** Ends it, as the exit of a process would: what its entries hold is released. */
    public void close() {
        ref.tell(AddressSpace.Close.INSTANCE);
    }

    private static Level largest(PgmapSpec spec) {
        Level best = Level.PTE;
        for (Level level : Level.values()) {
            long pages = level.pages(spec.basePage());
            if (pages <= spec.geometry().pages() && ((spec.pages() | spec.pfnAt(0)) & (pages - 1)) == 0) {
                best = level;
            }
        }
        return best;
    }
}
