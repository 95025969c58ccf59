package org.pagepool.demo.conform;

import java.util.List;

/** Files whose blocks are pages: entries, busy pages, truncation. Rows B31 to B36. */
final class DaxChecks {
    private DaxChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B31", "dax_insert_entry")
                        .rule(
                                "Putting an entry into a file ties pages to it: mapping and offset, or a share; from E4 on the folio is formed first and entries hold references")
                        .later("needs the entries of a file; actor `DaxFile`"),
                Row.of("B32", "layout_busy_page")
                        .rule("A file's pages are unmapped first, then searched for one that is busy")
                        .later("`DaxFile`"),
                Row.of("B33", "break_layouts")
                        .rule(
                                "While a page is busy: wait for it to become idle with only the fault lock dropped, and search again from the start")
                        .later("`DaxFile`; waiting for a head to become idle is there")
                        .where("Section#onAwaitIdle")
                        .tests("PoolTest#aWatchShouldEndWhenTheHeadIsIdleAndNotBefore"),
                Row.of("B34", "dax_break_layout_final")
                        .rule(
                                "Eviction waits the same way, but for the whole file, without dropping locks and without being interrupted")
                        .eras("E4")
                        .skip("no such step before v6.15", Era.E1, Era.E2, Era.E3)
                        .later("`DaxFile`"),
                Row.of("B35", "dax_delete_mapping_entry")
                        .rule("Deleting an entry checks that its page is idle, then unties it and dissolves its folio")
                        .later("`DaxFile`"),
                Row.of("B36", "reflink share")
                        .rule(
                                "A page of several files has a share count instead of a mapping, and is reset when the last lets go")
                        .later("`DaxFile`"));
    }
}
