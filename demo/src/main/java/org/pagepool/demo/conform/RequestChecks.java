package org.pagepool.demo.conform;

import java.util.List;

/** How pages that are free come into use. Rows B37 and B38. */
final class RequestChecks {
    private RequestChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B37", "pgmap_request_folio")
                        .rule(
                                "A folio is requested by offset: bounds, owner, dying, order, then 0 to 1, with a pgmap reference and a quiet refusal")
                        .eras("proposal")
                        .later(
                                "requests will be a kind of grab in `runtime` and a message of `Section`; an offset is already resolved and checked across ranges")
                        .where("PgmapSpec#pfnAt")
                        .tests("PgmapSpecTest#shouldFindThePfnAtAnOffsetAcrossRanges"),
                Row.of("B38", "zone_device_page_init")
                        .rule(
                                "What landed instead: driver memory is initialised on hand-out, must be at 0, takes its pgmap references, and is formed into a folio")
                        .eras("E3, E4")
                        .skip("no such rule before v6.1", Era.E1, Era.E2)
                        .later("with B37"));
    }
}
