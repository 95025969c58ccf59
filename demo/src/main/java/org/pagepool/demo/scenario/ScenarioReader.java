package org.pagepool.demo.scenario;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.pagepool.actors.HeadHosting;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/**
 * Turns what is written into one run. First everything is compared with the format, then the parts are read in the
 * order in which they build on one another; the first problem ends it.
 */
final class ScenarioReader {
    private ScenarioReader() {}

    static Scenario read(Node root, String defaultName, Optional<String> variant) {
        FormatCheck.check(root);
        BasePage basePage = basePage(root.child("base-page"));
        Protocol protocol = ProtocolReader.read(root.child("protocol"));
        List<PgmapSpec> devices = new DeviceReader(basePage, protocol).read(root.child("devices"));
        List<FileSpec> files = new FileReader(basePage, devices).read(root.child("files"));
        List<SpaceSpec> spaces = new SpaceReader(basePage, devices, files).read(root.child("address-spaces"));
        List<WalkerSpec> walkers = new WalkerReader(basePage, spaces).read(root.child("walkers"));
        Limits limits = limits(root.child("limits"), walkers);
        startsInTime(root.child("walkers"), limits);
        Duration settle = root.child("settle").duration();
        List<TimelineEntry> timeline = new TimelineReader(basePage, devices, files, spaces, walkers, limits, settle)
                .read(root.child("timeline"));
        comeOn(root.child("walkers"), walkers, timeline);
        Node name = root.child("name");
        Node seed = root.child("seed");
        return new Scenario(
                name.given() ? name.text() : defaultName,
                variant,
                root.child("description").text(),
                root.child("shows").entries().stream().map(Node::row).distinct().toList(),
                expect(root.child("expect")),
                seed.given() ? OptionalLong.of(seed.count()) : OptionalLong.empty(),
                basePage,
                protocol,
                devices,
                files,
                spaces,
                walkers,
                timeline,
                limits,
                settle,
                root.child("heads").child("hosting").choice(HeadHosting.values()),
                root.child("heads").child("idle-timeout").duration());
    }

    private static Set<Invariant> expect(Node node) {
        Set<Invariant> expect = EnumSet.noneOf(Invariant.class);
        node.entries().forEach(entry -> expect.add(Invariant.valueOf(entry.word())));
        return expect;
    }

    private static BasePage basePage(Node node) {
        long bytes = node.size();
        for (BasePage page : BasePage.values()) {
            if (page.bytes() == bytes) {
                return page;
            }
        }
        throw node.wrong("no architecture has such a base page", "want 4KiB, 16KiB or 64KiB");
    }

    private static Limits limits(Node node, List<WalkerSpec> walkers) {
        Node operations = node.child("operations");
        Node duration = node.child("duration");
        if (!operations.given() && !duration.given()) {
            throw node.misplaced("missing", "want limits.operations, limits.duration or both");
        }
        if (duration.given() && duration.duration().isZero()) {
            throw duration.wrong("is nothing", "want more than 0s");
        }
        boolean idle = walkers.stream().allMatch(group -> group.count() == 0);
        if (idle && !duration.given()) {
            throw operations.wrong("is never reached without walkers", "want limits.duration");
        }
        return new Limits(
                operations.given() ? operations.count() : 0, duration.given() ? duration.duration() : Duration.ZERO);
    }

    /** Walkers that are late wait for a zap; without one they would wait for ever. */
    private static void comeOn(Node nodes, List<WalkerSpec> walkers, List<TimelineEntry> timeline) {
        for (WalkerSpec group : walkers) {
            boolean zapped = timeline.stream()
                    .anyMatch(e ->
                            e instanceof TimelineEntry.Zap zap && zap.space().equals(group.space()));
            if (group.late() && !zapped) {
                Node late = nodes.entries().stream()
                        .filter(node -> node.name().equals(group.id()))
                        .findFirst()
                        .orElseThrow()
                        .child("late");
                throw late.wrong(
                        "its grabs would be held up for ever",
                        "want an entry of the timeline that zaps " + group.space());
            }
        }
    }

    private static void startsInTime(Node walkers, Limits limits) {
        for (Node group : walkers.entries()) {
            Node start = group.child("start-at");
            if (!limits.duration().isZero() && start.duration().compareTo(limits.duration()) >= 0) {
                throw start.wrong(
                        "is after the end of the load",
                        "want less than limits.duration, " + Durations.exact(limits.duration()));
            }
        }
    }
}
