package org.pagepool.demo.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/**
 * Reads the devices of a scenario. Those with pfns of their own are placed first; the others follow behind them in file
 * order, each aligned so that the largest page-table entries that divide its size can map it.
 */
final class DeviceReader {
    /** Where the first device without a pfn begins; 34 GiB at base pages of 4 KiB. */
    static final long FIRST_PFN = 0x880000;

    private static final int SECTIONS_SHIFT = 31;

    private final BasePage basePage;
    private final Protocol protocol;

    /** What is taken so far, by first pfn. */
    private final TreeMap<Long, Taken> taken = new TreeMap<>();

    private record Taken(PfnRange range, String device) {}

    private record Draft(Node node, Geometry geometry, List<Piece> pieces) {
        boolean placed() {
            return pieces.get(0).firstPfn() >= 0;
        }
    }

    /** A range; its first pfn is -1 where the file leaves it open. */
    private record Piece(Node node, long firstPfn, long pages) {}

    DeviceReader(BasePage basePage, Protocol protocol) {
        this.basePage = basePage;
        this.protocol = protocol;
    }

    List<PgmapSpec> read(Node devices) {
        if (devices.entries().isEmpty()) {
            throw devices.missing();
        }
        List<Draft> drafts = devices.entries().stream().map(this::draft).toList();
        Map<String, List<PfnRange>> ranges = new TreeMap<>();
        drafts.stream()
                .filter(Draft::placed)
                .forEach(draft -> ranges.put(draft.node().name(), fixed(draft)));
        drafts.stream()
                .filter(draft -> !draft.placed())
                .forEach(draft -> ranges.put(draft.node().name(), open(draft)));
        List<PgmapSpec> specs = new ArrayList<>();
        for (Draft draft : drafts) {
            specs.add(spec(draft, ranges.getOrDefault(draft.node().name(), List.of())));
        }
        return List.copyOf(specs);
    }

    private PgmapSpec spec(Draft draft, List<PfnRange> ranges) {
        Node node = draft.node();
        Node own = node.child("protocol");
        return new PgmapSpec(
                node.name(),
                node.child("type").choice(MemoryType.values()),
                ranges,
                draft.geometry(),
                basePage,
                own.given() ? ProtocolReader.read(own) : protocol);
    }

    private Draft draft(Node device) {
        Geometry geometry = geometry(device.child("geometry"));
        Node ranges = device.child("ranges");
        Node size = device.child("size");
        Node first = device.child("first-pfn");
        if (!ranges.given()) {
            long pages = pages(size, geometry);
            return new Draft(
                    device,
                    geometry,
                    List.of(first.given() ? piece(first, pages, geometry) : new Piece(size, -1, pages)));
        }
        if (size.given() || first.given()) {
            throw (size.given() ? size : first)
                    .wrong("stands beside ranges", "want either size and first-pfn, or ranges");
        }
        if (ranges.entries().isEmpty()) {
            throw ranges.wrong("is empty", "want at least one range");
        }
        return new Draft(
                device,
                geometry,
                ranges.entries().stream()
                        .map(range -> piece(range.child("first-pfn"), pages(range.child("size"), geometry), geometry))
                        .toList());
    }

    private Geometry geometry(Node node) {
        long bytes = node.size();
        long pages = bytes >> basePage.shift();
        if (bytes < basePage.bytes()) {
            throw node.wrong("is smaller than a base page", "want " + basePage.label() + " or more");
        }
        if (Long.bitCount(bytes) != 1) {
            throw node.wrong("is no power of two", "want " + nearestGeometries(bytes));
        }
        if (pages == 2) {
            throw node.wrong(
                    "is 2 base pages, too few for a compound head's record", "want " + nearestGeometries(bytes));
        }
        if (pages > 1L << Geometry.ORDER_MAX) {
            throw node.wrong("is too large", "want at most " + exact(1L << Geometry.ORDER_MAX));
        }
        return Geometry.ofPages(pages);
    }

    /** The two powers of two around {@code bytes} that are geometries: 2 base pages are none. */
    private String nearestGeometries(long bytes) {
        long below = Long.highestOneBit(bytes) == bytes ? bytes >> 1 : Long.highestOneBit(bytes);
        long above = Long.highestOneBit(bytes) << 1;
        long two = 2 * basePage.bytes();
        return Sizes.exact(below == two ? below >> 1 : below) + " or " + Sizes.exact(above == two ? above << 1 : above);
    }

    private long pages(Node size, Geometry geometry) {
        long bytes = size.size();
        long unit = geometry.pages() << basePage.shift();
        if (bytes == 0) {
            throw size.wrong("is nothing", "want " + Sizes.exact(unit) + " or more");
        }
        if (bytes % unit != 0) {
            throw size.wrong(
                    "is no multiple of the geometry " + Sizes.exact(unit), "want " + Multiples.around(bytes, unit));
        }
        if (bytes >> basePage.shift() > pfnMax()) {
            throw size.wrong("is too large", "want at most " + exact(pfnMax()));
        }
        return bytes >> basePage.shift();
    }

    private Piece piece(Node first, long pages, Geometry geometry) {
        long pfn = first.pfn();
        if (!geometry.isHead(pfn)) {
            long head = geometry.headOf(pfn);
            throw first.wrong(
                    "is no multiple of the geometry, " + geometry.pages() + " base pages",
                    "want 0x" + Long.toHexString(head) + " or 0x" + Long.toHexString(head + geometry.pages()));
        }
        return checked(new Piece(first, pfn, pages));
    }

    private Piece checked(Piece piece) {
        if (piece.firstPfn() > pfnMax() - piece.pages()) {
            throw piece.node()
                    .wrong(
                            "puts the device's end beyond the last pfn there can be",
                            "want all pfns below 0x" + Long.toHexString(pfnMax()));
        }
        return piece;
    }

    private List<PfnRange> fixed(Draft draft) {
        List<PfnRange> ranges = new ArrayList<>();
        for (Piece piece : draft.pieces()) {
            PfnRange range = new PfnRange(piece.firstPfn(), piece.pages());
            refuseOverlap(piece, range, draft);
            if (!ranges.isEmpty()
                    && range.first() < ranges.get(ranges.size() - 1).end()) {
                throw piece.node().wrong("is below the range before it", "want ranges in ascending order");
            }
            take(range, draft.node());
            ranges.add(range);
        }
        return List.copyOf(ranges);
    }

    private void refuseOverlap(Piece piece, PfnRange range, Draft draft) {
        Map.Entry<Long, Taken> before = taken.lowerEntry(range.end());
        if (before != null && before.getValue().range().overlaps(range)) {
            Taken other = before.getValue();
            throw piece.node()
                    .wrong(
                            "pfns " + range + " of " + draft.node().name() + " overlap pfns " + other.range() + " of "
                                    + other.device(),
                            "the next free pfn is 0x"
                                    + Long.toHexString(
                                            roundUp(end(), draft.geometry().pages())));
        }
    }

    private List<PfnRange> open(Draft draft) {
        Piece piece = draft.pieces().get(0);
        long first = roundUp(Math.max(FIRST_PFN, end()), alignment(draft, piece.pages()));
        checked(new Piece(piece.node(), first, piece.pages()));
        PfnRange range = new PfnRange(first, piece.pages());
        take(range, draft.node());
        return List.of(range);
    }

    private long alignment(Draft draft, long pages) {
        long largestEntry = pages % basePage.pudPages() == 0 ? basePage.pudPages() : basePage.pmdPages();
        return Math.max(
                Math.max(largestEntry, basePage.sectionPages()),
                draft.geometry().pages());
    }

    private void take(PfnRange range, Node device) {
        taken.put(range.first(), new Taken(range, device.name()));
    }

    private long end() {
        return taken.isEmpty() ? 0 : taken.lastEntry().getValue().range().end();
    }

    /** Pfns there can be: sections are numbered by an int. */
    private long pfnMax() {
        return 1L << (SECTIONS_SHIFT + basePage.sectionOrder());
    }

    private String exact(long pages) {
        return Sizes.exact(pages << basePage.shift());
    }

    private static long roundUp(long value, long unit) {
        return (value + unit - 1) / unit * unit;
    }
}
