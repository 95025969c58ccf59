package org.pagepool.demo.conform;

import java.util.List;

/** Compound pages, their records, and what a fault writes there. Rows B14 to B16, B40 to B42. */
final class CompoundChecks {
    private CompoundChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B14", "prep_compound_page")
                        .rule(
                                "A compound page is made of a head and tails that point at it; the head's own record lies in its first tails and is written after they are")
                        .eras("all, geometry over 1")
                        .later("there are no page records yet; they come to `runtime` with the vmemmap"),
                Row.of("B15", "geometry of two")
                        .rule("A compound of two pages never gets its head prepared")
                        .eras("proposal")
                        .holds("such a geometry is refused")
                        .where("Geometry#Geometry")
                        .tests("GeometryTest#shouldRefuseGeometryOfTwoPages"),
                Row.of("B16", "compound_head")
                        .rule(
                                "A tail leads to its head, any other page to itself; where the first block is shared, false heads must be told apart")
                        .partly("the resolution; missing: shared blocks, so there are no false heads to tell apart")
                        .where("Geometry#headOf", "Geometry#isHead")
                        .tests(
                                "GeometryTest#shouldResolveEveryPageToItsHead",
                                "GeometryTest#shouldTreatEveryBasePageAsAHead"),
                Row.of("B40", "set_page_mapping")
                        .rule("A fault on base pages ties every page of the fault to its file and offset, once")
                        .eras("GENERIC")
                        .later("needs page records"),
                Row.of("B41", "set_compound_mapping")
                        .rule(
                                "A fault on a compound ties its head only, at the offset where the compound begins, rounded down, before the entry is visible")
                        .eras("GENERIC")
                        .later("needs page records"),
                Row.of("B42", "device-dax fault")
                        .rule(
                                "A device-dax fault has the size the device is aligned to: smaller is an error, larger falls back, a dead device is an error, an unaligned area is refused")
                        .eras("GENERIC")
                        .partly(
                                "an area has one entry size, must fit it in address and device, and a dead device refuses faults; missing: fault sizes of their own with fallback, private areas")
                        .where("AddressSpace#wrongWith", "AddressSpace#addGaps", "PageTable#insert")
                        .tests(
                                "ConformanceTest#shouldRefuseMappingsThatDoNotFitTheirEntries",
                                "ConformanceTest#shouldGiveNothingOfADyingDevice",
                                "PageTableTest#shouldRefuseMappingsThatAreNoMultipleOfTheirEntrySize"));
    }
}
