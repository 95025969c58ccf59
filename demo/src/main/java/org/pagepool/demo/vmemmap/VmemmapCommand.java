package org.pagepool.demo.vmemmap;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.scenario.DeviceArguments;
import org.pagepool.demo.scenario.Sizes;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.pgmap.Altmap;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.VmemmapDedup;
import org.pagepool.runtime.vmemmap.MemmapLayout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pagepool vmemmap}: what page metadata costs, by geometry and by what of it is shared. */
@Command(
        name = "vmemmap",
        description = "What the page metadata of a device costs a kernel, and what the device costs this process.",
        sortOptions = false,
        footer = {
            "",
            "A kernel spends it as soon as the device is mapped. What this process spends is measured, on the heap.",
            "Exit status: 0 good, 2 bad input, 70 internal error, 130 Ctrl-C."
        })
public final class VmemmapCommand implements Callable<Integer> {
    private static final long BYTES_MAX = 1L << 50;

    private final Console console;

    @Option(names = "--size", paramLabel = "SIZE", description = "Size of the device (1TiB).")
    private String size = "1TiB";

    @Option(
            names = "--geometry",
            paramLabel = "SIZE",
            description = "Memory per head (base pages, and those of the next two levels: 4KiB, 2MiB and 1GiB).")
    private @Nullable String geometry;

    @Option(names = "--dedup", paramLabel = "HOW", description = "What is shared: none, pte or pte-pmd (all three).")
    private @Nullable String dedup;

    @Option(names = "--base-page", paramLabel = "SIZE", description = "4KiB (the default), 16KiB or 64KiB.")
    private String basePage = "4KiB";

    @Option(
            names = "--altmap",
            paramLabel = "SIZE",
            description = "Room for the metadata at the start of the device itself.")
    private @Nullable String altmap;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "Memory type: private, coherent, fs-dax, generic (the default) or pci-p2pdma.")
    private String type = "generic";

    @Option(names = "--protocol", paramLabel = "NAME", description = "The rules; a preset (pagepool).")
    private String protocol = Protocol.PAGEPOOL.name();

    @Option(names = "-D", paramLabel = "SWITCH=VALUE", description = "Sets a switch of the protocol differently.")
    private List<String> switches = new ArrayList<>();

    @Option(names = "--no-measure", description = "Do not map the device in this process.")
    private boolean noMeasure;

    @Mixin
    private CommonOptions options = new CommonOptions();

    /** The command; writes to {@code console}. */
    public VmemmapCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        VmemmapPlan plan = plan();
        List<VmemmapResult.Case> cases = VmemmapRun.cases(plan);
        VmemmapText text = new VmemmapText(new Sheet(options.text(console), options.ink(console)));
        text.announce(plan);
        VmemmapResult result;
        try (StatusLine status = options.statusLine(console)) {
            result = new VmemmapRun(plan, console.interrupts(), status).run(cases);
        }
        if (options.json()) {
            VmemmapJson.print(console.out(), result);
        } else if (options.quiet()) {
            new VmemmapText(new Sheet(console.out(), options.ink(console))).sideBySide(result);
        } else {
            text.show(result);
        }
        return result.status().code();
    }

    // ---- checks, in the order of the options

    VmemmapPlan plan() {
        BasePage base = DeviceArguments.basePage(basePage);
        long bytes = DeviceArguments.size("--size", size);
        long align = new MemmapLayout(base).alignPfns() * base.bytes();
        if (bytes == 0 || bytes > BYTES_MAX) {
            throw new UsageException(
                    "--size " + size + ": out of range; want " + Sizes.exact(align) + " to " + Sizes.exact(BYTES_MAX));
        }
        if (bytes % align != 0) {
            throw new UsageException("--size " + size + ": is no multiple of " + Sizes.exact(align)
                    + ", in which page metadata is populated; want " + multiples(bytes, align));
        }
        MemoryType memory = DeviceArguments.memoryType(type);
        Protocol rules = DeviceArguments.protocol(protocol, switches);
        long altmapBytes = altmapBytes(bytes, base);
        List<String> leftOut = new ArrayList<>();
        List<Geometry> geometries = geometries(base, bytes, altmapBytes, leftOut);
        return new VmemmapPlan(
                bytes,
                memory,
                base,
                altmapBytes == 0 ? null : new Altmap(0, altmapBytes >> base.shift()),
                rules,
                geometries,
                dedups(),
                leftOut,
                !noMeasure);
    }

    private long altmapBytes(long bytes, BasePage base) {
        if (altmap == null) {
            return 0;
        }
        long given = DeviceArguments.size("--altmap", altmap);
        if (given == 0 || given % base.bytes() != 0) {
            throw new UsageException("--altmap " + altmap + ": is no multiple of --base-page " + basePage + "; want "
                    + multiples(given, base.bytes()));
        }
        if (given >= bytes) {
            throw new UsageException(
                    "--altmap " + altmap + ": leaves nothing of --size " + size + "; want less than the device");
        }
        return given;
    }

    private List<Geometry> geometries(BasePage base, long bytes, long altmapBytes, List<String> leftOut) {
        String given = geometry;
        if (given != null) {
            Geometry one = DeviceArguments.geometry(given, base);
            String wrong = misfit(one, base, bytes, altmapBytes);
            if (wrong != null) {
                throw new UsageException(wrong);
            }
            return List.of(one);
        }
        List<Geometry> fitting = new ArrayList<>();
        for (Geometry usual : usual(base)) {
            String wrong = misfit(usual, base, bytes, altmapBytes);
            if (wrong == null) {
                fitting.add(usual);
            } else {
                leftOut.add(wrong);
            }
        }
        if (fitting.isEmpty()) {
            throw new UsageException(leftOut.get(0));
        }
        return fitting;
    }

    /** Base pages, what a PMD entry maps, and a size beyond: a gigabyte, or where that is no more the next that arm64 has. */
    private static List<Geometry> usual(BasePage base) {
        long large = Math.max(1L << 30, 32 * base.pmdPages() * base.bytes());
        return List.of(Geometry.BASE, Geometry.ofPages(base.pmdPages()), Geometry.ofPages(large >> base.shift()));
    }

    /** Why a geometry does not fit the device, or null if it does. */
    private @Nullable String misfit(Geometry heads, BasePage base, long bytes, long altmapBytes) {
        long head = heads.pages() << base.shift();
        String name = "--geometry " + Sizes.exact(head);
        if (head > bytes) {
            return name + ": heads are larger than --size " + size + "; want --size " + Sizes.exact(head)
                    + " or more, or smaller heads";
        }
        if (bytes % head != 0) {
            return "--size " + size + ": is no multiple of " + name + "; want " + multiples(bytes, head);
        }
        if (altmapBytes % head != 0) {
            return "--altmap " + altmap + ": is no multiple of " + name + "; want "
                    + (altmapBytes + head < bytes ? multiples(altmapBytes, head) + ", or " : "") + "smaller heads";
        }
        return null;
    }

    private List<VmemmapDedup> dedups() {
        VmemmapDedup[] all = VmemmapDedup.values();
        return dedup == null
                ? List.of(all)
                : List.of(DeviceArguments.one("--dedup", dedup, "sharing", all, VmemmapPlan::label));
    }

    /** {@code 2MiB or 4MiB}. */
    private static String multiples(long bytes, long unit) {
        long below = bytes / unit * unit;
        return (below == 0 ? "" : Sizes.exact(below) + " or ") + Sizes.exact(below + unit);
    }
}
