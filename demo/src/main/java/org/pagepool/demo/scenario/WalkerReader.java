package org.pagepool.demo.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pagepool.runtime.page.BasePage;

/** Reads the walkers of a scenario: who they are, what they walk, and that it fits. */
final class WalkerReader {
    private static final String FOREVER = "forever";
    private static final int CUT_AT_MEANS = 20;

    private final BasePage basePage;
    private final List<SpaceSpec> spaces;

    /** Every holder's name so far, and what it is. */
    private final Map<String, String> holders = new HashMap<>();

    WalkerReader(BasePage basePage, List<SpaceSpec> spaces) {
        this.basePage = basePage;
        this.spaces = spaces;
        spaces.forEach(space -> holders.put(space.id(), "an address space"));
    }

    /** Checks a {@code size} or {@code hold} that is written as a single value. */
    static void checkSingle(Node node) {
        if (node.key().kind() == Kind.SIZES) {
            node.size();
        } else if (!node.text().equals(FOREVER)) {
            node.duration();
        }
    }

    List<WalkerSpec> read(Node walkers) {
        List<WalkerSpec> groups = new ArrayList<>();
        long sum = 0;
        for (Node node : walkers.entries()) {
            WalkerSpec group = group(node);
            sum += group.count();
            if (sum > ScenarioKeys.WALKERS_MAX) {
                throw node.child("count")
                        .wrong("makes " + sum + " walkers in all", "want at most " + ScenarioKeys.WALKERS_MAX);
            }
            name(node, group);
            groups.add(group);
        }
        return groups;
    }

    private void name(Node node, WalkerSpec group) {
        for (String name : group.names()) {
            String other = holders.putIfAbsent(name, "walker " + name + " of " + group.id());
            if (other != null) {
                throw node.misplaced("its walker " + name + " would have the name of " + other, "want another name");
            }
        }
    }

    private WalkerSpec group(Node node) {
        SpaceSpec space = space(node);
        Optional<MappingSpec> map = map(node, space);
        SizeDistribution size = size(node.child("size"));
        fits(node, space, map, size);
        return new WalkerSpec(
                node.name(),
                (int) node.child("count").count(),
                space.id(),
                map.map(MappingSpec::id),
                node.child("mode").choice(WalkMode.values()),
                node.child("write").bool(),
                node.child("pci-p2pdma").bool(),
                node.child("pattern").choice(AccessPattern.values()),
                stride(node.child("stride"), size),
                size,
                hold(node.child("hold")),
                node.child("think").duration(),
                (int) node.child("pins-in-flight").count(),
                node.child("start-at").duration(),
                node.child("partial-unpin").bool(),
                node.child("fast-only").bool(),
                node.child("walks").given() ? node.child("walks").count() : 0,
                node.child("late").bool());
    }

    private SpaceSpec space(Node node) {
        SpaceSpec space = References.find(node.child("space"), spaces, SpaceSpec::id, "address space");
        if (space.maps().isEmpty()) {
            throw node.misplaced("address space " + space.id() + " maps nothing", "want an entry under its map");
        }
        return space;
    }

    private static Optional<MappingSpec> map(Node node, SpaceSpec space) {
        Node map = node.child("map");
        return map.given() ? Optional.of(References.find(map, space.maps(), MappingSpec::id, "map")) : Optional.empty();
    }

    /** Every range has to fit into every mapping the walker may choose. */
    private void fits(Node node, SpaceSpec space, Optional<MappingSpec> only, SizeDistribution size) {
        for (MappingSpec map : only.map(List::of).orElse(space.maps())) {
            if (size.maxPages() > map.pages()) {
                throw largest(node.child("size"))
                        .wrong(
                                "is larger than map " + map.id() + " of " + space.id(),
                                "want at most " + exact(map.pages()));
            }
        }
    }

    /** Where the largest size is written. */
    private static Node largest(Node size) {
        if (!size.isObject()) {
            return size;
        }
        return size.child("max").given() ? size.child("max") : size.child("value");
    }

    private SizeDistribution size(Node node) {
        if (!node.isObject()) {
            long pages = pages(node);
            return new SizeDistribution(SizeDistribution.Shape.FIXED, pages, pages);
        }
        SizeDistribution.Shape shape = node.child("distribution").choice(SizeDistribution.Shape.values());
        if (shape == SizeDistribution.Shape.FIXED) {
            only(node, shape.label(), List.of("value"));
            long pages = pages(node.child("value"));
            return new SizeDistribution(shape, pages, pages);
        }
        only(node, shape.label(), List.of("min", "max"));
        long min = pages(node.child("min"));
        long max = pages(node.child("max"));
        if (max < min) {
            throw node.child("max").wrong("is less than min", "want " + exact(min) + " or more");
        }
        return new SizeDistribution(shape, min, max);
    }

    private long pages(Node node) {
        if (!node.given() && node.key().kind() != Kind.SIZES) {
            throw node.missing();
        }
        long bytes = node.size();
        if (bytes == 0 || bytes % basePage.bytes() != 0) {
            throw node.wrong(
                    bytes == 0 ? "is nothing" : "is no multiple of the base page " + basePage.label(),
                    "want " + Multiples.around(bytes, basePage.bytes()));
        }
        if (bytes >> basePage.shift() > ScenarioKeys.WALK_PAGES_MAX) {
            throw node.wrong("is too large for one walk", "want at most " + exact(ScenarioKeys.WALK_PAGES_MAX));
        }
        return bytes >> basePage.shift();
    }

    private long stride(Node node, SizeDistribution size) {
        return node.given() ? pages(node) : Math.min(2 * size.maxPages(), ScenarioKeys.WALK_PAGES_MAX);
    }

    private static HoldDistribution hold(Node node) {
        if (!node.isObject()) {
            return node.text().equals(FOREVER) ? HoldDistribution.FOREVER : HoldDistribution.fixed(node.duration());
        }
        HoldDistribution.Shape shape = node.child("distribution").choice(HoldDistribution.Shape.values());
        return switch (shape) {
            case FIXED -> {
                only(node, shape.label(), List.of("value"));
                yield HoldDistribution.fixed(node.child("value").duration());
            }
            case UNIFORM -> uniform(node);
            case EXPONENTIAL -> exponential(node);
            case FOREVER -> {
                only(node, shape.label(), List.of());
                yield HoldDistribution.FOREVER;
            }
        };
    }

    private static HoldDistribution uniform(Node node) {
        only(node, HoldDistribution.Shape.UNIFORM.label(), List.of("min", "max"));
        Duration min = node.child("min").duration();
        Duration max = node.child("max").duration();
        if (max.compareTo(min) < 0) {
            throw node.child("max").wrong("is less than min", "want " + Durations.exact(min) + " or more");
        }
        return new HoldDistribution(HoldDistribution.Shape.UNIFORM, min, max, Duration.ZERO);
    }

    private static HoldDistribution exponential(Node node) {
        only(node, HoldDistribution.Shape.EXPONENTIAL.label(), List.of("mean", "max"));
        Duration mean = node.child("mean").duration();
        Duration max = node.child("max").given() ? node.child("max").duration() : cut(mean);
        if (max.compareTo(mean) < 0) {
            throw node.child("max").wrong("is less than mean", "want " + Durations.exact(mean) + " or more");
        }
        return new HoldDistribution(HoldDistribution.Shape.EXPONENTIAL, Duration.ZERO, max, mean);
    }

    private static Duration cut(Duration mean) {
        Duration cut = mean.multipliedBy(CUT_AT_MEANS);
        return cut.compareTo(ScenarioKeys.DURATION_MAX) < 0 ? cut : ScenarioKeys.DURATION_MAX;
    }

    /** Refuses keys that belong to another distribution. */
    private static void only(Node node, String shape, List<String> keys) {
        for (Node entry : node.entries()) {
            if (!entry.name().equals("distribution") && !keys.contains(entry.name())) {
                throw node.child(entry.name())
                        .wrong(
                                "means nothing for distribution " + shape,
                                keys.isEmpty() ? "want no more keys" : "want " + String.join(" and ", keys));
            }
        }
    }

    private String exact(long pages) {
        return Sizes.exact(pages << basePage.shift());
    }
}
