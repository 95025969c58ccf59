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
        Duration backoffMin,
        Duration backoffMax,
        int pendingMax) {
    /** Reads the settings below {@code pagepool.journal}; {@code reference.conf} has every default. */
    public static JournalSettings from(Config root) {
        Config durable = root.getConfig("pagepool.journal");
        JournalChoice choice = JournalChoice.of(root);
        return new JournalSettings(
                choice.plugin(),
                choice.snapshots(),
                durable.getInt("snapshot-every"),
                durable.getInt("snapshots-kept"),
                durable.getDuration("patience"),
                durable.getDuration("retry-min"),
                durable.getDuration("retry-max"),
                durable.getInt("pending-max"));
    }
}
