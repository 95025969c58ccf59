package org.pagepool.actors;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assertions;
import org.pagepool.persistence.Recorder;
import org.pagepool.runtime.audit.Auditor;
import org.pagepool.runtime.audit.Verdict;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** One actor of a pool by itself, with probes for those around it, and everything it records audited. */
final class ActorBench implements AutoCloseable {
    /** First pfn of section 17. */
    static final long PFN = 17L << 15;

    final ActorTestKit kit = ActorTestKit.create();
    final Wiring wiring;
    private final List<Recorded> history = new ArrayList<>();
    private final Auditor auditor = new Auditor();
    private final Recorder recorder = new Recorder(SystemTime.MONOTONIC, List.of(history::add, auditor::observe));

    ActorBench() {
        this(Link.direct(), "");
    }

    ActorBench(Link link, String settings) {
        this(link, settings, SystemTime.MONOTONIC);
    }

    /** With a clock of the test's own: what takes too long is for the test to say. */
    ActorBench(Link link, String settings, TimeSource time) {
        Config config = ConfigFactory.parseString(settings).withFallback(ConfigFactory.load());
        wiring = new Wiring(recorder, time, link, Limits.from(config), HeadHosting.from(config));
    }

    /** A device of one section of 2 MiB heads, section 17. */
    static PgmapSpec spec(Protocol protocol) {
        return spec("pmem0", PFN, protocol);
    }

    static PgmapSpec spec(String id, long firstPfn, Protocol protocol) {
        return new PgmapSpec(
                id,
                MemoryType.GENERIC,
                List.of(new PfnRange(firstPfn, 1 << 15)),
                Geometry.ofPages(512),
                BasePage.KIB_4,
                protocol);
    }

    void record(Event event) {
        recorder.accept(event);
    }

    /** The events so far that are of that type and pass the test, in order. */
    <E extends Event> List<E> events(Class<E> type, Predicate<E> which) {
        return recorder.quietly(() -> history.stream()
                .map(Recorded::event)
                .filter(type::isInstance)
                .map(type::cast)
                .filter(which)
                .toList());
    }

    Verdict verdict() {
        return recorder.quietly(() -> auditor.verdict(false));
    }

    void assertClean() {
        Verdict verdict = verdict();
        Assertions.assertTrue(verdict.clean(), () -> verdict.violations().toString());
    }

    @Override
    public void close() {
        kit.shutdownTestKit();
    }
}
