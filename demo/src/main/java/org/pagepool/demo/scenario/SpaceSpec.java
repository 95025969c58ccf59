package org.pagepool.demo.scenario;

import java.util.List;

/**
 * One address space.
 *
 * @param id its name
 * @param maps its mappings, in file order; no two overlap
 */
public record SpaceSpec(String id, List<MappingSpec> maps) {
    /** Copies the list. */
    public SpaceSpec {
        maps = List.copyOf(maps);
    }

    /** Base pages in all mappings. */
    public long pages() {
        return maps.stream().mapToLong(MappingSpec::pages).sum();
    }
}
