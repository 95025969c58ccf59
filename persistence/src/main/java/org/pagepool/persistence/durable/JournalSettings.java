package org.pagepool.persistence.durable;

import com.typesafe.config.Config;
import java.time.Duration;
import org.pagepool.persistence.JournalChoice;

/**
 * How actors are written down.
 *
 * @param journal plugin id of the journal
 * @param snapshots plugin id of the snapshot store
 * @param snapshotEvery batches of one actor between two snapshots; 0 for none
 * @param snapshotsKept how many snapshots of one actor are kept
 * @param patience how long a write may take before the actor refuses whatever is new
 * @param writeTimeout how long it may take before it is taken for lost, and what is written is read again
 * @param backoffMin how long after a failed write it is tried again, at first
 * @param backoffMax and at most
 * @param pendingMax events that may wait for a write before the actor refuses whatever is new
 */
public record JournalSettings(
        String journal,
        String snapshots,
        int snapshotEvery,
        int snapshotsKept,
        Duration patience,
        Duration writeTimeout,
        Duration backoffMin,
        Duration backoffMax,
        int pendingMax) {
    /** Reads the settings below {@code pagepool.journal}; {@code reference.conf} has every default. */
    public static JournalSettings from(Config root) {
        JournalChoice choice = JournalChoice.of(root);
        return read(root, choice.plugin(), choice.snapshots(), root.getInt("pagepool.journal.snapshot-every"));
    }

    /** The same for Akka's journal in memory, which outlives a pool but not its actor system; without snapshots. */
    public static JournalSettings inMemory(Config root) {
        return read(root, "akka.persistence.journal.inmem", "akka.persistence.no-snapshot-store", 0);
    }

    private static JournalSettings read(Config root, String journal, String snapshots, int snapshotEvery) {
        Config durable = root.getConfig("pagepool.journal");
        return new JournalSettings(
                journal,
                snapshots,
                snapshotEvery,
                durable.getInt("snapshots-kept"),
                durable.getDuration("patience"),
                durable.getDuration("write-timeout"),
                durable.getDuration("retry-min"),
                durable.getDuration("retry-max"),
                durable.getInt("pending-max"));
    }
}
