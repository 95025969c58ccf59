package org.pagepool.demo.conform;

import java.util.List;

/** Poisoned pages. Row B39. */
final class FailureChecks {
    private FailureChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(Row.of("B39", "memory_failure")
                .rule(
                        "A poisoned page: found by pfn, its driver asked first, the head marked, users told with the address of their page")
                .later("poison belongs to `HeadState` and `Head`; needs page records for mapping and offset"));
    }
}
