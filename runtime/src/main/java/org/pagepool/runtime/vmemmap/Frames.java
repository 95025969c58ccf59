package org.pagepool.runtime.vmemmap;

import java.util.ArrayList;
import java.util.List;

/**
 * The frames of one kind: which are in use, with how many references each. Frames whose counts are equal are kept as one
 * run, so a device of any size takes a few of them. Immutable.
 *
 * <p>This is the one place where a reference on metadata is taken or put (B48, I10). A frame is allocated by the first
 * reference and freed by the last; a put that finds none is an error of the caller and says so.
 *
 * @param kind what they are for
 * @param runs frames in use, ascending, equal neighbours joined
 * @param allocated frames ever allocated; where frames are numbered in order of allocation, the next number
 * @param freed frames freed again
 */
public record Frames(FrameKind kind, List<FrameRun> runs, long allocated, long freed) {
    /** Copies the list. */
    public Frames {
        runs = List.copyOf(runs);
    }

    /** None. */
    public static Frames none(FrameKind kind) {
        return new Frames(kind, List.of(), 0, 0);
    }

    /** Frames in use. */
    public long live() {
        return runs.stream().mapToLong(FrameRun::count).sum();
    }

    /** References on all of them. */
    public long refs() {
        return runs.stream().mapToLong(run -> run.count() * run.refs()).sum();
    }

    /** References on one frame; zero if it is free. */
    public long refsOf(long frame) {
        for (FrameRun run : runs) {
            if (frame >= run.first() && frame < run.end()) {
                return run.refs();
            }
        }
        return 0;
    }

    /** How many of the frames from {@code first} up to {@code end} are in use. */
    public long liveBetween(long first, long end) {
        long sum = 0;
        for (FrameRun run : runs) {
            sum += Math.max(0, Math.min(end, run.end()) - Math.max(first, run.first()));
        }
        return sum;
    }

    /** Takes {@code refs} references on each of {@code count} frames; those that are free are allocated by it. */
    public Frames take(long first, long count, long refs) {
        return count == 0 ? this : new Change(this, first, count, refs).run();
    }

    /**
     * Puts {@code refs} references on each of {@code count} frames; those that lose their last are freed.
     *
     * @throws IllegalStateException if one of them has fewer
     */
    public Frames put(long first, long count, long refs) {
        return count == 0 ? this : new Change(this, first, count, -refs).run();
    }

    /** The frame is allocated and freed again, without ever having been led to by an entry. */
    Frames passing(long frame) {
        return take(frame, 1, 1).put(frame, 1, 1);
    }

    /** One pass over the runs, which cuts them where the change begins and ends. Used once. */
    private static final class Change {
        private final Frames before;
        private final long end;
        private final long delta;
        private final List<FrameRun> out = new ArrayList<>();
        private long at;
        private long allocated;
        private long freed;

        Change(Frames before, long first, long count, long delta) {
            this.before = before;
            this.at = first;
            this.end = first + count;
            this.delta = delta;
        }

        Frames run() {
            for (FrameRun run : before.runs) {
                keep(run.first(), Math.min(run.end(), at), run.refs());
                if (run.end() > at && at < end) {
                    free(Math.min(run.first(), end));
                    used(Math.min(run.end(), end), run.refs());
                }
                keep(Math.max(run.first(), at), run.end(), run.refs());
            }
            free(end);
            return new Frames(before.kind, out, before.allocated + allocated, before.freed + freed);
        }

        /** The change meets frames that nobody uses. */
        private void free(long until) {
            if (until > at) {
                allocated += until - at;
                keep(at, until, counted(0));
                at = until;
            }
        }

        private void used(long until, long refs) {
            if (until > at) {
                long left = counted(refs);
                freed += left == 0 ? until - at : 0;
                keep(at, until, left);
                at = until;
            }
        }

        private long counted(long refs) {
            if (refs + delta < 0) {
                throw new IllegalStateException("put exceeds the references of a frame: kind=" + before.kind.label()
                        + " frame=" + at + " refs=" + refs + " puts=" + -delta);
            }
            return refs + delta;
        }

        private void keep(long first, long until, long refs) {
            if (first >= until || refs == 0) {
                return;
            }
            FrameRun last = out.isEmpty() ? null : out.get(out.size() - 1);
            if (last != null && last.end() == first && last.refs() == refs) {
                out.set(out.size() - 1, new FrameRun(last.first(), last.count() + until - first, refs));
            } else {
                out.add(new FrameRun(first, until - first, refs));
            }
        }
    }
}
