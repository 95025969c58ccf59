package org.pagepool.demo.conform;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The one table of rows. {@code pagepool conform} runs it, {@code docs/conformance.md} is printed from it. Rows are added
 * in the class of their area; whoever changes one prints the document again, because several people do so at once:
 *
 * <pre>
 *   ./pagepool conform --doc &gt; docs/conformance.md
 * </pre>
 *
 * <p>When two changes of the table meet, do not merge the document: merge the classes and print it again.
 */
public final class ConformTable {
    private static final String KINDS = "BRDI";

    private static final List<Row> ROWS = Stream.of(
                    LifecycleChecks.rows(),
                    PgmapChecks.rows(),
                    CompoundChecks.rows(),
                    GupChecks.rows(),
                    DaxChecks.rows(),
                    RequestChecks.rows(),
                    FailureChecks.rows(),
                    VmemmapChecks.rows(),
                    RaceRows.rows(),
                    DisputeRows.rows(),
                    InvariantRows.rows())
            .flatMap(List::stream)
            .sorted(Comparator.<Row>comparingInt(row -> KINDS.indexOf(row.kind()))
                    .thenComparingInt(Row::number))
            .toList();

    private ConformTable() {}

    /** All rows: behaviours, races, disputes, invariants, each by number. */
    public static List<Row> rows() {
        return ROWS;
    }

    /** The rows of one kind, by number. */
    public static List<Row> rows(char kind) {
        return ROWS.stream().filter(row -> row.kind() == kind).toList();
    }
}
