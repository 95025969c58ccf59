package org.pagepool.demo.scenario;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A group of walkers that do alike.
 *
 * @param id the group's name, and its walker's where it has only one
 * @param count how many walkers; 0 switches the group off
 * @param space whose memory they walk
 * @param map the only mapping they walk; empty for all of the space
 * @param mode what they ask for
 * @param write whether they ask to write
 * @param pciP2pdma whether they say that they can do peer-to-peer DMA
 * @param pattern where their ranges lie
 * @param stridePages distance of two starts under {@link AccessPattern#STRIDE}, in base pages
 * @param size how long their ranges are
 * @param hold how long they keep what they were granted
 * @param think how long each pauses after a walk
 * @param pinsInFlight how many grants each keeps at once before it waits for the oldest to be given back
 * @param startAt when they begin
 * @param partialUnpin whether they give a range back in two halves
 * @param fastOnly FOLL_FAST_ONLY: no fall-back to the slow path
 * @param walks how many walks each begins; 0 means no such limit
 * @param late whether their grabs are held up until the next zap of their space is done
 */
public record WalkerSpec(
        String id,
        int count,
        String space,
        Optional<String> map,
        WalkMode mode,
        boolean write,
        boolean pciP2pdma,
        AccessPattern pattern,
        long stridePages,
        SizeDistribution size,
        HoldDistribution hold,
        Duration think,
        int pinsInFlight,
        Duration startAt,
        boolean partialUnpin,
        boolean fastOnly,
        long walks,
        boolean late) {

    /** The same from the start on, without a limit of walks, unless it keeps what it gets for ever. */
    WalkerSpec unlimited() {
        return new WalkerSpec(
                id,
                count,
                space,
                map,
                mode,
                write,
                pciP2pdma,
                pattern,
                stridePages,
                size,
                hold,
                think,
                pinsInFlight,
                Duration.ZERO,
                partialUnpin,
                fastOnly,
                hold.shape() == HoldDistribution.Shape.FOREVER ? walks : 0,
                false);
    }

    /** The name of walker {@code index}, counted from 0: the group's own if it is alone, else {@code rdma-1} and on. */
    public String name(int index) {
        return count == 1 ? id : id + "-" + (index + 1);
    }

    /** The names of all, in order. */
    public List<String> names() {
        return IntStream.range(0, count).mapToObj(this::name).toList();
    }
}
