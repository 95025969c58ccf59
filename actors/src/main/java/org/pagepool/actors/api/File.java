package org.pagepool.actors.api;

import akka.actor.typed.ActorRef;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.pagepool.actors.DaxFile;
import org.pagepool.actors.FileHandle;
import org.pagepool.actors.Limits;

/**
 * A file whose blocks are pages of an fs-dax device. Sizes and offsets are in base pages, and multiples of a block, which is
 * a head of the device.
 *
 * <p>What takes pages away answers with a {@link DaxFile.Cut}: done, or why not. A page in use is a race and no error, so it is
 * a value too.
 */
public final class File {
    private final Pool pool;
    private final FileHandle handle;

    File(Pool pool, FileHandle handle) {
        this.pool = pool;
        this.handle = handle;
    }

    /** Its name. */
    public String name() {
        return handle.name();
    }

    /** What an address space needs to map it. */
    public FileHandle handle() {
        return handle;
    }

    /** The actor behind it. */
    public ActorRef<DaxFile.Command> ref() {
        return handle.ref();
    }

    /** Sets its size; a smaller one takes pages away, and waits for those in use for up to {@code deadline} (B33). */
    public CompletionStage<DaxFile.Cut> truncate(long pages, Duration deadline) {
        return cut(deadline, replyTo -> new DaxFile.Truncate(pages, deadline, replyTo));
    }

    /** Takes the blocks of a part away and leaves a hole, waiting like {@link #truncate}. */
    public CompletionStage<DaxFile.Cut> punchHole(long offset, long pages, Duration deadline) {
        return cut(deadline, replyTo -> new DaxFile.PunchHole(offset, pages, deadline, replyTo));
    }

    /**
     * Ends it, and gives its blocks back (B34). Answers when that is done, however long it takes; the stage fails after {@code
     * patience}, the eviction goes on.
     */
    public CompletionStage<DaxFile.Cut> evict(Duration patience) {
        return cut(patience, DaxFile.Evict::new);
    }

    /** Gives it the blocks that another file of the same device has, to share until one of them writes (B36). */
    public CompletionStage<DaxFile.Cut> cloneRange(
            File source, long sourceOffset, long pages, long offset, Duration deadline) {
        return cut(
                deadline.multipliedBy(2),
                replyTo -> new DaxFile.Clone(source.ref(), sourceOffset, pages, offset, deadline, replyTo));
    }

    /** Drops clean entries without looking whether their pages are in use (R17); the answer says how many pages. */
    public CompletionStage<DaxFile.Cut> invalidate(long offset, long pages) {
        return pool.ask(ref(), replyTo -> new DaxFile.Invalidate(offset, pages, replyTo));
    }

    /** A signal to whoever waits for a page: the truncation under way gives up, an eviction does not listen (B33). */
    public void interrupt() {
        ref().tell(DaxFile.Interrupt.INSTANCE);
    }

    /** Its size, its entries, and who waits for whom. */
    public CompletionStage<DaxFile.FileStatus> status() {
        return pool.ask(ref(), DaxFile.AskFile::new);
    }

    /** Ends the actor, as unmounting would: nothing of it is mapped or tied any more, its blocks stay its own. */
    public void close() {
        ref().tell(DaxFile.Close.INSTANCE);
    }

    private CompletionStage<DaxFile.Cut> cut(
            Duration deadline, akka.japi.function.Function<ActorRef<DaxFile.Cut>, DaxFile.Command> message) {
        return pool.ask(
                ref(), message, Limits.countable(deadline).plus(pool.limits().askTimeout()));
    }
}
