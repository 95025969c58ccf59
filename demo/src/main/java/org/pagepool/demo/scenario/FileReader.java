package org.pagepool.demo.scenario;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.pgmap.PgmapSpec;

/** Reads the files of a scenario: on which device they are, and whether they fit on it together. */
final class FileReader {
    private final BasePage basePage;
    private final List<PgmapSpec> devices;
    private final Map<String, Long> used = new HashMap<>();

    FileReader(BasePage basePage, List<PgmapSpec> devices) {
        this.basePage = basePage;
        this.devices = devices;
    }

    List<FileSpec> read(Node files) {
        List<FileSpec> specs = new ArrayList<>();
        for (Node node : files.entries()) {
            PgmapSpec device = References.find(node.child("device"), devices, PgmapSpec::id, "device");
            if (device.type() != MemoryType.FS_DAX) {
                throw node.child("device")
                        .wrong(
                                "device " + device.id() + " is of type "
                                        + device.type().label() + ", which has no files",
                                "want a device of type fs-dax");
            }
            long pages = pages(node.child("size"), device);
            used.merge(device.id(), pages, Long::sum);
            specs.add(new FileSpec(node.name(), device.id(), pages));
        }
        return List.copyOf(specs);
    }

    private long pages(Node size, PgmapSpec device) {
        long left = device.pages() - used.getOrDefault(device.id(), 0L);
        long pages = size.given() ? size.size() >> basePage.shift() : left;
        if (size.given()) {
            FileSizes.whole(size, size.size(), device);
        }
        if (pages > left) {
            throw size.wrong(
                    "does not fit on " + device.id() + " beside the files before it",
                    "want at most " + Sizes.exact(left << basePage.shift()));
        }
        return pages;
    }
}
