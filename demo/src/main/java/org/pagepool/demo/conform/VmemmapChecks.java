package org.pagepool.demo.conform;

import java.util.List;

/** Where page records live, and what they share. Rows B44 to B51. */
final class VmemmapChecks {
    private VmemmapChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B44", "vmemmap populate")
                        .rule("Without sharing, every page of page records is allocated")
                        .later("vmemmap, in `runtime`"),
                Row.of("B45", "tail reuse")
                        .rule(
                                "With sharing, a compound has a block for its head and one for its tails, which all other entries map")
                        .eras("geometry over 1")
                        .later("vmemmap, in `runtime`"),
                Row.of("B46", "reuse across sections")
                        .rule("A compound that spans sections goes on with the block of the section before")
                        .eras("1 GiB")
                        .later("vmemmap, in `runtime`"),
                Row.of("B47", "table reuse")
                        .rule("As posted: whole table pages of tails are shared too")
                        .eras("proposal")
                        .later("vmemmap, in `runtime`"),
                Row.of("B48", "block references")
                        .rule("A block counts the entries that map it and is freed with the last")
                        .eras("geometry over 1")
                        .later("vmemmap, in `runtime` (I10)"),
                Row.of("B49", "memmap init count")
                        .rule("With sharing, 128 records per compound are initialised, not all")
                        .eras("geometry over 1")
                        .later("vmemmap, in `runtime`"),
                Row.of("B50", "tail aliasing")
                        .rule("With sharing, writing one tail's record writes many")
                        .eras("geometry over 1")
                        .later("vmemmap, in `runtime`"),
                Row.of("B51", "altmap")
                        .rule("An altmap rules out sharing, and must be given back whole")
                        .later("vmemmap, in `runtime`"));
    }
}
