package org.pagepool.demo.run;

import java.util.List;
import java.util.Map;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.scenario.Scenario;
import org.pagepool.runtime.audit.Verdict;

/**
 * How a run went on after a crash.
 *
 * @param scenario what had been run
 * @param directory where it was kept
 * @param temporary whether nobody has asked for that directory
 * @param seed its seed
 * @param before what the journal held when the run was found
 * @param life how often the pool was started, this time included
 * @param recoverNanos from the start of the pool until everything was there again
 * @param devices the devices that were there again
 * @param sections their sections
 * @param heldPages what holders held again, in base pages
 * @param holders how many of them
 * @param wrong lines that say what was lost, applied twice or not as it had been
 * @param witness what the load had been told, by holder
 * @param reclaimedNanos until everything was released that nobody had come back for
 * @param endings how each device ended, by name
 * @param verdict of the whole journal, all lives
 * @param elapsedNanos all of it
 */
record Continued(
        Scenario scenario,
        String directory,
        boolean temporary,
        long seed,
        JournalSums before,
        int life,
        long recoverNanos,
        List<String> devices,
        int sections,
        long heldPages,
        int holders,
        List<String> wrong,
        Map<String, AckLog.Account> witness,
        long reclaimedNanos,
        Map<String, String> endings,
        Verdict verdict,
        long elapsedNanos) {
    /** Whether exactly those invariants broke that the scenario says break. */
    boolean asExpected() {
        return verdict.broken().equals(scenario.expect());
    }

    /** The word for it. */
    ExitStatus status() {
        return wrong.isEmpty() && asExpected() ? ExitStatus.OK : ExitStatus.BROKEN;
    }

    /** Whether the directory is removed: all is well, and nobody has asked for it. */
    boolean directoryGoes() {
        return temporary && status() == ExitStatus.OK;
    }

    /** Pages the load had been told it has and that it had not asked to be taken back. */
    long acknowledgedPages() {
        return witness.values().stream().mapToLong(AckLog.Account::least).sum();
    }

    /** Holders whose last request nobody had answered. */
    long inDoubt() {
        return witness.values().stream()
                .filter(account -> !account.gone() && account.most() > account.least())
                .count();
    }
}
