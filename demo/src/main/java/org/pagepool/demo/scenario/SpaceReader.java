package org.pagepool.demo.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.pagepool.runtime.gup.Level;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;

/** Reads the address spaces of a scenario, and finds the page-table entries that fit each mapping. */
final class SpaceReader {
    private static final long VPN_BYTES_MAX = 1L << 62;

    private final BasePage basePage;
    private final List<PgmapSpec> devices;
    private final List<FileSpec> files;

    SpaceReader(BasePage basePage, List<PgmapSpec> devices, List<FileSpec> files) {
        this.basePage = basePage;
        this.devices = devices;
        this.files = files;
    }

    List<SpaceSpec> read(Node spaces) {
        return spaces.entries().stream().map(this::space).toList();
    }

    private SpaceSpec space(Node space) {
        List<MappingSpec> maps = new ArrayList<>();
        TreeMap<Long, MappingSpec> byVpn = new TreeMap<>();
        for (Node node : space.child("map").entries()) {
            long free = byVpn.isEmpty() ? 0 : byVpn.lastEntry().getValue().endVpn();
            MappingSpec map = map(node, free);
            refuseOverlap(node, map, byVpn, free);
            byVpn.put(map.firstVpn(), map);
            maps.add(map);
        }
        return new SpaceSpec(space.name(), maps);
    }

    private MappingSpec map(Node node, long free) {
        return node.child("file").given() ? fileMap(node, free) : deviceMap(node, free);
    }

    /** A file may grow while it is mapped, so its end is no bound. */
    private MappingSpec fileMap(Node node, long free) {
        FileSpec file = References.find(node.child("file"), files, FileSpec::id, "file");
        Node named = node.child("device");
        if (named.given() && !named.text().equals(file.device())) {
            throw named.wrong("is not where file " + file.id() + " is", "want " + file.device() + ", or no device");
        }
        PgmapSpec device = devices.stream()
                .filter(d -> d.id().equals(file.device()))
                .findFirst()
                .orElseThrow();
        long offset = basePages(node.child("offset"), node.child("offset").size());
        Node size = node.child("size");
        long pages = size.given() ? basePages(size, size.size()) : file.pages() - offset;
        if (pages <= 0) {
            throw (size.given() ? size : node.child("offset"))
                    .wrong("leaves nothing of file " + file.id(), "want less than " + exact(file.pages()));
        }
        return new MappingSpec(
                node.name(),
                device.id(),
                Optional.of(file.id()),
                offset,
                pages,
                vpn(node.child("at"), free, pages),
                fileEntry(node.child("entry"), device),
                node.child("writable").bool(),
                node.child("populate").bool());
    }

    /** Where blocks or places do not allow the largest, smaller entries are used, as in the kernel. */
    private Level fileEntry(Node node, PgmapSpec device) {
        if (node.given()) {
            return node.choice(Level.values());
        }
        Level usual = Level.PTE;
        for (Level level : Level.values()) {
            usual = level.pages(basePage) <= device.geometry().pages() ? level : usual;
        }
        return usual;
    }

    private long vpn(Node at, long free, long pages) {
        long vpn = at.given() ? basePages(at, at.address()) : roundUp(free, basePage.pudPages());
        if (vpn > (VPN_BYTES_MAX >> basePage.shift()) - pages) {
            throw at.wrong(
                    "puts the mapping's end beyond the last address", "want less than " + Sizes.exact(VPN_BYTES_MAX));
        }
        return vpn;
    }

    private MappingSpec deviceMap(Node node, long free) {
        PgmapSpec device = device(node.child("device"));
        long offset = basePages(node.child("offset"), node.child("offset").size());
        long pages = pages(node, device, offset);
        long vpn = vpn(node.child("at"), free, pages);
        return new MappingSpec(
                node.name(),
                device.id(),
                offset,
                pages,
                vpn,
                entry(node.child("entry"), new Extent(basePage, device, offset, pages, vpn)),
                node.child("writable").bool(),
                node.child("populate").bool());
    }

    private PgmapSpec device(Node node) {
        PgmapSpec device = References.find(node, devices, PgmapSpec::id, "device");
        if (device.type() == MemoryType.PRIVATE) {
            throw node.wrong(
                    "device " + device.id() + " is private memory, which no CPU can address",
                    "want a device of type coherent, fs-dax, generic or pci-p2pdma");
        }
        return device;
    }

    private long pages(Node node, PgmapSpec device, long offset) {
        Node size = node.child("size");
        long rest = device.pages() - offset;
        if (rest <= 0) {
            throw node.child("offset")
                    .wrong("lies behind the end of " + device.id(), "want less than " + exact(device.pages()));
        }
        if (!size.given()) {
            return rest;
        }
        long pages = basePages(size, size.size());
        if (pages == 0) {
            throw size.wrong("is nothing", "want " + basePage.label() + " or more");
        }
        if (pages > rest) {
            throw size.wrong(
                    "reaches past the end of " + device.id() + ", which has " + exact(device.pages()),
                    "want at most " + exact(rest));
        }
        return pages;
    }

    private long basePages(Node node, long bytes) {
        if (bytes % basePage.bytes() != 0) {
            throw node.wrong(
                    "is no multiple of the base page " + basePage.label(),
                    "want " + Multiples.around(bytes, basePage.bytes()));
        }
        return bytes >> basePage.shift();
    }

    private Level entry(Node node, Extent extent) {
        if (!node.given()) {
            return extent.usual();
        }
        Level wanted = node.choice(Level.values());
        String obstacle = extent.obstacle(wanted);
        if (obstacle != null) {
            throw node.wrong(
                    "maps multiples of " + exact(wanted.pages(basePage)) + ", but " + obstacle,
                    "the largest entry that fits is " + extent.largest().label());
        }
        return wanted;
    }

    private static void refuseOverlap(Node node, MappingSpec map, NavigableMap<Long, MappingSpec> byVpn, long free) {
        Map.Entry<Long, MappingSpec> before = byVpn.lowerEntry(map.endVpn());
        if (before != null && before.getValue().endVpn() > map.firstVpn()) {
            MappingSpec other = before.getValue();
            throw node.child("at")
                    .wrong(
                            "virtual pages " + range(map) + " overlap " + range(other) + " of map " + other.id(),
                            "the next free virtual page is 0x" + Long.toHexString(free));
        }
    }

    private static String range(MappingSpec map) {
        return new PfnRange(map.firstVpn(), map.pages()).toString();
    }

    private String exact(long pages) {
        return Sizes.exact(pages << basePage.shift());
    }

    private static long roundUp(long value, long unit) {
        return (value + unit - 1) / unit * unit;
    }
}
