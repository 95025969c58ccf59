package org.pagepool.demo.scenario;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.pagepool.actors.HeadHosting;
import org.pagepool.runtime.audit.Invariant;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/**
 * One run, fully resolved: every default filled in, every name checked, every number within its bounds. Lists are in
 * file order.
 *
 * @param name from the file, or the file's own
 * @param variant which variant of the scenario; empty if it has none
 * @param description for readers; may be empty
 * @param shows rows of the protocol that it shows, such as {@code B38}
 * @param expect invariants that break, all of them and no others
 * @param seed for the workload; empty lets the caller pick one
 * @param basePage unit of every page number here
 * @param protocol the rules of every device that does not have its own
 * @param devices ready to be mapped; no two overlap
 * @param files files on them
 * @param spaces address spaces
 * @param walkers groups of walkers
 * @param timeline what happens while they walk
 * @param limits when the load ends
 * @param settle how long the end waits for devices to drain
 * @param hosting where heads count
 * @param headIdleTimeout how long a head actor outlives its last use
 */
public record Scenario(
        String name,
        Optional<String> variant,
        String description,
        List<String> shows,
        Set<Invariant> expect,
        OptionalLong seed,
        BasePage basePage,
        Protocol protocol,
        List<PgmapSpec> devices,
        List<FileSpec> files,
        List<SpaceSpec> spaces,
        List<WalkerSpec> walkers,
        List<TimelineEntry> timeline,
        Limits limits,
        Duration settle,
        HeadHosting hosting,
        Duration headIdleTimeout) {

    /** Copies the lists. */
    public Scenario {
        shows = List.copyOf(shows);
        expect = Collections.unmodifiableSet(
                expect.isEmpty() ? EnumSet.noneOf(Invariant.class) : EnumSet.copyOf(expect));
        devices = List.copyOf(devices);
        files = List.copyOf(files);
        spaces = List.copyOf(spaces);
        walkers = List.copyOf(walkers);
        timeline = List.copyOf(timeline);
    }

    /** The name for people: {@code many-geometries} or {@code many-geometries/2MiB}. */
    public String label() {
        return variant.map(v -> name + "/" + v).orElse(name);
    }

    /** The same run with that seed. */
    public Scenario withSeed(long newSeed) {
        return new Scenario(
                name,
                variant,
                description,
                shows,
                expect,
                OptionalLong.of(newSeed),
                basePage,
                protocol,
                devices,
                files,
                spaces,
                walkers,
                timeline,
                limits,
                settle,
                hosting,
                headIdleTimeout);
    }

    /** What warms a JVM up for this run: its devices and its load, for that long at most, and nothing of its timeline. */
    public Scenario warmUp(Duration most) {
        boolean shorter = !limits.duration().isZero() && limits.duration().compareTo(most) < 0;
        return new Scenario(
                name,
                variant,
                description,
                List.of(),
                Set.of(),
                seed,
                basePage,
                protocol,
                devices,
                files,
                spaces,
                walkers.stream().map(WalkerSpec::unlimited).toList(),
                List.of(),
                new Limits(limits.operations(), shorter ? limits.duration() : most),
                settle,
                hosting,
                headIdleTimeout);
    }

    /** Walkers in all groups. */
    public int walkerCount() {
        return walkers.stream().mapToInt(WalkerSpec::count).sum();
    }

    /** The mappings a group walks. */
    public List<MappingSpec> mapsOf(WalkerSpec group) {
        return spaces.stream()
                .filter(space -> space.id().equals(group.space()))
                .flatMap(space -> space.maps().stream())
                .filter(map -> group.map().isEmpty() || group.map().get().equals(map.id()))
                .toList();
    }

    /** Log2 of the base pages of each head of {@code device}. */
    public int orderOf(String device) {
        return device(device).geometry().order();
    }

    /** The heads behind a range of virtual pages, by device, ascending; where the blocks of a file are, only the file knows. */
    public Map<String, SortedSet<Long>> headsBehind(String space, long firstVpn, long pages) {
        Map<String, SortedSet<Long>> heads = new LinkedHashMap<>();
        for (SpaceSpec spec : spaces) {
            for (MappingSpec map : spec.id().equals(space) ? spec.maps() : List.<MappingSpec>of()) {
                if (map.file().isPresent()) {
                    continue;
                }
                long from = Math.max(map.firstVpn(), firstVpn);
                long to = Math.min(map.endVpn(), firstVpn + pages);
                PgmapSpec device = device(map.device());
                for (long vpn = from; vpn < to; vpn++) {
                    long pfn = device.pfnAt(map.deviceOffset() + (vpn - map.firstVpn()));
                    long head = device.geometry().headOf(pfn);
                    heads.computeIfAbsent(device.id(), id -> new TreeSet<>()).add(head);
                    vpn += head + device.geometry().pages() - 1 - pfn;
                }
            }
        }
        return heads;
    }

    /** The device of that name; there is one. */
    public PgmapSpec device(String id) {
        return devices.stream().filter(spec -> spec.id().equals(id)).findFirst().orElseThrow();
    }

    /**
     * The whole scenario as JSON, which is also a scenario file that means the same: every key with its value, nothing
     * left to a default. Equal scenarios give equal text.
     */
    public String resolved() {
        return ScenarioWriter.write(this);
    }
}
