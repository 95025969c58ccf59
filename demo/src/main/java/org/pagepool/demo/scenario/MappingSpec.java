package org.pagepool.demo.scenario;

import java.util.Optional;
import org.pagepool.runtime.gup.Level;

/**
 * One mapping of an address space: a range of a device, or of a file on it, at a range of virtual pages. All numbers count
 * base pages.
 *
 * @param id its name in the scenario
 * @param device the device, by name
 * @param file the file on it that is mapped, by name; empty where the device itself is
 * @param deviceOffset first page of the device, counted across its ranges, or of the file
 * @param pages how many
 * @param firstVpn first virtual page
 * @param entry what maps it
 * @param writable whether its entries permit writing
 * @param populate whether its entries exist from the start; otherwise a fault brings them in
 */
public record MappingSpec(
        String id,
        String device,
        Optional<String> file,
        long deviceOffset,
        long pages,
        long firstVpn,
        Level entry,
        boolean writable,
        boolean populate) {

    /** A mapping of a device. */
    public MappingSpec(
            String id,
            String device,
            long deviceOffset,
            long pages,
            long firstVpn,
            Level entry,
            boolean writable,
            boolean populate) {
        this(id, device, Optional.empty(), deviceOffset, pages, firstVpn, entry, writable, populate);
    }

    /** First virtual page behind it. */
    public long endVpn() {
        return firstVpn + pages;
    }
}
