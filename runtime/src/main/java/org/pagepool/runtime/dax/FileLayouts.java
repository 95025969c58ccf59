package org.pagepool.runtime.dax;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.FileExtent;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pcollections.HashTreePSet;
import org.pcollections.PSet;
import org.pcollections.TreePMap;

/**
 * What is on the disk of one file-system device: how large each file is and where its blocks lie. Immutable; {@link #apply} is the
 * only way from one state to the next. Which blocks are in use follows from the files ({@link #inUse}); one that was allocated,
 * and that no file has, was on its way to one when the process died ({@link #leftOver}).
 *
 * @param geometry of the device; a block is a head
 * @param files by name
 * @param allocated pages that were allocated and not freed, by the pfn of their head
 */
public record FileLayouts(Geometry geometry, TreePMap<String, FileLayout> files, PSet<Long> allocated) {
    /**
     * One file.
     *
     * @param pages its size in base pages
     * @param extents its blocks, in the order of the file
     */
    public record FileLayout(long pages, List<FileExtent> extents) {
        /** An empty file. */
        public static final FileLayout EMPTY = new FileLayout(0, List.of());

        /** Copies the list. */
        public FileLayout {
            extents = List.copyOf(extents);
        }

        /** Its blocks. */
        public FileBlocks blocks() {
            FileBlocks blocks = FileBlocks.NONE;
            for (FileExtent extent : extents) {
                blocks = blocks.plus(
                        extent.offset(), List.of(new PfnRange(extent.pfn(), extent.pages())), extent.shared());
            }
            return blocks;
        }

        /** The layout of a file of that size with those blocks. */
        public static FileLayout of(long pages, FileBlocks blocks) {
            List<FileExtent> extents = new ArrayList<>();
            blocks.extents()
                    .values()
                    .forEach(e -> extents.add(new FileExtent(e.offset(), e.pfn(), e.pages(), e.shared())));
            return new FileLayout(pages, extents);
        }
    }

    /** A device without files. */
    public static FileLayouts none(Geometry geometry) {
        return new FileLayouts(geometry, TreePMap.empty(), HashTreePSet.empty());
    }

    /** The layout of that file; empty if there is none. */
    public FileLayout of(String file) {
        return files.getOrDefault(file, FileLayout.EMPTY);
    }

    /** The next state. Events that say nothing of files leave it as it is. */
    public FileLayouts apply(Event event) {
        if (event instanceof Event.FileLaidOut e) {
            boolean gone = e.pages() == 0 && e.extents().isEmpty();
            FileLayout layout = new FileLayout(e.pages(), e.extents());
            return new FileLayouts(geometry, gone ? files.minus(e.file()) : files.plus(e.file(), layout), allocated);
        }
        if (event instanceof Event.BlockAllocated e) {
            PSet<Long> more = allocated;
            for (long head : heads(e.runs())) {
                more = more.plus(head);
            }
            return new FileLayouts(geometry, files, more);
        }
        if (event instanceof Event.BlockFreed e) {
            PSet<Long> less = allocated;
            for (long head : heads(e.runs())) {
                less = less.minus(head);
            }
            return new FileLayouts(geometry, files, less);
        }
        return this;
    }

    private List<Long> heads(List<Run> runs) {
        List<Long> heads = new ArrayList<>();
        for (Run run : runs) {
            for (int i = 0; i < run.heads(); i++) {
                heads.add(run.firstHead() + i * geometry.pages());
            }
        }
        return heads;
    }

    /** How many files have each block that any has, by the pfn of its head. */
    private Map<Long, Integer> owners() {
        Map<Long, Integer> owners = new HashMap<>();
        for (FileLayout layout : files.values()) {
            for (FileExtent extent : layout.extents) {
                for (long pfn = extent.pfn(); pfn < extent.pfn() + extent.pages(); pfn += geometry.pages()) {
                    owners.merge(pfn, 1, Integer::sum);
                }
            }
        }
        return owners;
    }

    /** The blocks of the device, of which {@code usable} are the pages: those that files have are theirs, all others free. */
    public BlockMap inUse(List<PfnRange> usable) {
        BlockMap map = BlockMap.of(usable);
        for (Map.Entry<Long, Integer> block : new TreeMap<>(owners()).entrySet()) {
            PfnRange range = new PfnRange(block.getKey(), geometry.pages());
            map = map.claim(range);
            for (int more = 1; more < block.getValue(); more++) {
                map = map.share(range);
            }
        }
        return map;
    }

    /** Blocks that were allocated and that no file has. */
    public List<PfnRange> leftOver() {
        Map<Long, Integer> owners = owners();
        return allocated.stream()
                .filter(head -> !owners.containsKey(head))
                .sorted()
                .map(head -> new PfnRange(head, geometry.pages()))
                .toList();
    }
}
