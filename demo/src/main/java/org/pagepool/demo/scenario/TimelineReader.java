package org.pagepool.demo.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pagepool.demo.cli.Nearest;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;

/** Reads the timeline of a scenario; everything it names is known by now. */
final class TimelineReader {
    private static final List<String> COMMON = List.of("at", "do");
    private static final Map<String, List<String>> KEYS = Map.ofEntries(
            Map.entry(TimelineEntry.Kill.ACTION, List.of("device", "verb", "deadline", "reason")),
            Map.entry(TimelineEntry.Crash.ACTION, List.of()),
            Map.entry(TimelineEntry.KillWalker.ACTION, List.of("walker")),
            Map.entry(TimelineEntry.Zap.ACTION, List.of("space", "map", "offset", "size")),
            Map.entry(TimelineEntry.Watch.ACTION, List.of("space", "map", "offset", "size")),
            Map.entry(TimelineEntry.Poison.ACTION, List.of("device", "offset")),
            Map.entry(TimelineEntry.Cut.TRUNCATE, List.of("file", "size", "deadline")),
            Map.entry(TimelineEntry.Cut.PUNCH, List.of("file", "offset", "size", "deadline")),
            Map.entry(TimelineEntry.Cut.EVICT, List.of("file")),
            Map.entry(TimelineEntry.Request.ACTION, List.of("device", "count", "offset", "order")),
            Map.entry(TimelineEntry.Free.ACTION, List.of("device", "count")),
            Map.entry(TimelineEntry.Touch.ACTION, List.of("device", "count")),
            Map.entry(TimelineEntry.Speculate.ACTION, List.of("device", "count")));

    private final BasePage basePage;
    private final List<PgmapSpec> devices;
    private final List<FileSpec> files;
    private final List<SpaceSpec> spaces;
    private final List<WalkerSpec> walkers;
    private final Limits limits;
    private final Duration settle;

    TimelineReader(
            BasePage basePage,
            List<PgmapSpec> devices,
            List<FileSpec> files,
            List<SpaceSpec> spaces,
            List<WalkerSpec> walkers,
            Limits limits,
            Duration settle) {
        this.basePage = basePage;
        this.devices = devices;
        this.files = files;
        this.spaces = spaces;
        this.walkers = walkers;
        this.limits = limits;
        this.settle = settle;
    }

    List<TimelineEntry> read(Node timeline) {
        return timeline.entries().stream().map(this::entry).toList();
    }

    private TimelineEntry entry(Node node) {
        String action = node.child("do").word();
        List<String> allowed = KEYS.getOrDefault(action, List.of());
        for (Node written : node.entries()) {
            if (!COMMON.contains(written.name()) && !allowed.contains(written.name())) {
                throw node.child(written.name())
                        .wrong("means nothing for do = " + action, "want " + String.join(", ", allowed));
            }
        }
        Moment at = at(node.child("at"));
        return switch (action) {
            case TimelineEntry.Kill.ACTION -> kill(at, node);
            case TimelineEntry.Crash.ACTION -> new TimelineEntry.Crash(at);
            case TimelineEntry.KillWalker.ACTION -> killWalker(at, node.child("walker"));
            case TimelineEntry.Zap.ACTION -> zap(at, node);
            case TimelineEntry.Poison.ACTION -> poison(at, node);
            case TimelineEntry.Cut.TRUNCATE, TimelineEntry.Cut.PUNCH, TimelineEntry.Cut.EVICT -> cut(at, action, node);
            case TimelineEntry.Watch.ACTION -> watch(at, node);
            case TimelineEntry.Request.ACTION -> request(at, node);
            case TimelineEntry.Free.ACTION ->
                new TimelineEntry.Free(at, device(node).id(), count(node, 0));
            case TimelineEntry.Touch.ACTION -> touch(at, node);
            default -> new TimelineEntry.Speculate(at, device(node).id(), count(node, 1));
        };
    }

    private Moment at(Node node) {
        Moment at = node.moment();
        boolean timed = at instanceof Moment.Elapsed && !limits.duration().isZero();
        if (timed && ((Moment.Elapsed) at).elapsed().compareTo(limits.duration()) > 0) {
            throw node.wrong(
                    "is after the end of the load",
                    "want at most limits.duration, " + Durations.exact(limits.duration()));
        }
        return at;
    }

    private TimelineEntry kill(Moment at, Node node) {
        PgmapSpec device = References.find(node.child("device"), devices, PgmapSpec::id, "device");
        CloseVerb verb = node.child("verb").choice(CloseVerb.values());
        Node deadline = node.child("deadline");
        if (deadline.given() && verb == CloseVerb.IF_IDLE) {
            throw deadline.wrong(
                    "means nothing for verb = if-idle, which does not wait", "want no deadline, or verb = when-idle");
        }
        Duration wait = deadline.given() ? deadline.duration() : settle;
        return new TimelineEntry.Kill(
                at,
                device.id(),
                verb,
                verb == CloseVerb.IF_IDLE ? Optional.empty() : Optional.of(wait),
                node.child("reason").text());
    }

    private TimelineEntry killWalker(Moment at, Node node) {
        String wanted = node.text();
        List<String> known = new ArrayList<>();
        for (WalkerSpec group : walkers) {
            if (group.id().equals(wanted)) {
                return new TimelineEntry.KillWalker(at, wanted, group.names());
            }
            known.add(group.id());
            known.addAll(group.count() == 1 ? List.of() : group.names());
        }
        if (!known.contains(wanted)) {
            throw node.wrong("no such walker", Nearest.suggestion(wanted, known, "walkers"));
        }
        return new TimelineEntry.KillWalker(at, wanted, List.of(wanted));
    }

    private TimelineEntry poison(Moment at, Node node) {
        PgmapSpec device = References.find(node.child("device"), devices, PgmapSpec::id, "device");
        PfnRange first = device.ranges().get(0);
        Node where = node.child("offset");
        long offset = where.given() ? pages(where, where.address()) : 0;
        if (offset >= first.pages()) {
            throw where.wrong("lies behind the end of device " + device.id(), "want less than " + exact(first.pages()));
        }
        return new TimelineEntry.Poison(at, device.id(), offset, first.first() + offset);
    }

    /** A range of virtual pages that an entry is about. */
    private record Range(SpaceSpec space, long firstVpn, long pages) {}

    private TimelineEntry zap(Moment at, Node node) {
        Range range = range(node);
        wholeEntries(node.child("offset"), range.firstVpn, range.space);
        wholeEntries(node.child("size"), range.firstVpn + range.pages, range.space);
        return new TimelineEntry.Zap(at, range.space.id(), range.firstVpn, range.pages);
    }

    private TimelineEntry cut(Moment at, String action, Node node) {
        FileSpec file = References.find(node.child("file"), files, FileSpec::id, "file");
        PgmapSpec device = devices.stream()
                .filter(d -> d.id().equals(file.device()))
                .findFirst()
                .orElseThrow();
        Node size = node.child("size");
        Node offset = node.child("offset");
        Node deadline = node.child("deadline");
        boolean punch = action.equals(TimelineEntry.Cut.PUNCH);
        if (punch && !size.given()) {
            throw size.missing();
        }
        long pages = size.given() ? FileSizes.whole(size, size.size(), device) : 0;
        long from = offset.given() ? FileSizes.whole(offset, offset.address(), device) : 0;
        if (punch && pages == 0) {
            throw size.wrong("is nothing", "want " + exact(device.geometry().pages()) + " or more");
        }
        return new TimelineEntry.Cut(
                at,
                action,
                file.id(),
                punch ? from : pages,
                punch ? pages : 0,
                deadline.given() ? deadline.duration() : settle);
    }

    private TimelineEntry watch(Moment at, Node node) {
        Range range = range(node);
        long heads = 0;
        for (MappingSpec map : range.space.maps()) {
            if (map.file().isPresent()
                    && map.firstVpn() < range.firstVpn + range.pages
                    && map.endVpn() > range.firstVpn) {
                throw node.misplaced(
                        "map " + map.id() + " maps a file, whose blocks are where the file system puts them",
                        "want a map of a device");
            }
            long pages =
                    Math.min(map.endVpn(), range.firstVpn + range.pages) - Math.max(map.firstVpn(), range.firstVpn);
            heads += pages <= 0 ? 0 : ((pages - 1) >> order(map.device())) + 1;
        }
        if (heads > ScenarioKeys.WATCHED_HEADS_MAX) {
            throw node.child("size")
                    .wrong("covers " + heads + " heads", "want at most " + ScenarioKeys.WATCHED_HEADS_MAX + " heads");
        }
        return new TimelineEntry.Watch(at, range.space.id(), range.firstVpn, range.pages);
    }

    private PgmapSpec device(Node node) {
        return References.find(node.child("device"), devices, PgmapSpec::id, "device");
    }

    private static int count(Node node, int fallback) {
        Node count = node.child("count");
        return count.given() ? (int) count.count() : fallback;
    }

    private TimelineEntry request(Moment at, Node node) {
        Node offset = node.child("offset");
        Node order = node.child("order");
        return new TimelineEntry.Request(
                at,
                device(node).id(),
                offset.given() ? pages(offset, offset.address()) : -1,
                order.given() ? (int) order.count() : -1,
                count(node, 1));
    }

    private TimelineEntry touch(Moment at, Node node) {
        PgmapSpec device = device(node);
        if (device.type() != MemoryType.PRIVATE) {
            throw node.child("device")
                    .wrong(
                            "device " + device.id() + " is " + device.type().label()
                                    + " memory, which a CPU can address",
                            "want a device of type private");
        }
        return new TimelineEntry.Touch(at, device.id(), count(node, 0));
    }

    private int order(String device) {
        return devices.stream()
                .filter(spec -> spec.id().equals(device))
                .mapToInt(spec -> spec.geometry().order())
                .findFirst()
                .orElse(0);
    }

    private Range range(Node node) {
        SpaceSpec space = References.find(node.child("space"), spaces, SpaceSpec::id, "address space");
        if (space.maps().isEmpty()) {
            throw node.misplaced("address space " + space.id() + " maps nothing", "want an entry under its map");
        }
        Node only = node.child("map");
        List<MappingSpec> maps =
                only.given() ? List.of(References.find(only, space.maps(), MappingSpec::id, "map")) : space.maps();
        String what = only.given() ? "map " + maps.get(0).id() : space.id();
        long lowest = maps.stream().mapToLong(MappingSpec::firstVpn).min().orElse(0);
        long highest = maps.stream().mapToLong(MappingSpec::endVpn).max().orElse(0);
        Node offset = node.child("offset");
        Node size = node.child("size");
        long first = offset.given() ? pages(offset, offset.address()) : lowest;
        if (first >= highest) {
            throw offset.wrong("lies behind everything " + what + " maps", "want less than " + exact(highest));
        }
        if (only.given() && first < lowest) {
            throw offset.wrong("lies before " + what, "want " + exact(lowest) + " or more");
        }
        long pages = size.given() ? pages(size, size.size()) : highest - first;
        if (pages <= 0 || pages > highest - first) {
            throw size.wrong(
                    "is not within what " + what + " maps",
                    "want " + basePage.label() + " to " + exact(highest - first));
        }
        return new Range(space, first, pages);
    }

    /** An entry goes as a whole, so no end of a zapped range may lie inside one. */
    private void wholeEntries(Node node, long vpn, SpaceSpec space) {
        for (MappingSpec map : space.maps()) {
            boolean inside = vpn > map.firstVpn() && vpn < map.endVpn();
            if (inside && (vpn - map.firstVpn()) % map.entry().pages(basePage) != 0) {
                throw node.wrong(
                        "cuts an entry of map " + map.id(),
                        "want whole " + map.entry().label() + " entries, multiples of "
                                + exact(map.entry().pages(basePage)));
            }
        }
    }

    private long pages(Node node, long bytes) {
        if (bytes % basePage.bytes() != 0) {
            throw node.wrong(
                    "is no multiple of the base page " + basePage.label(),
                    "want " + Multiples.around(bytes, basePage.bytes()));
        }
        return bytes >> basePage.shift();
    }

    private String exact(long pages) {
        return Sizes.exact(pages << basePage.shift());
    }
}
