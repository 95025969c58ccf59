package org.pagepool.demo.conform;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.pagepool.runtime.protocol.Protocol;

/** Prints {@code docs/conformance.md} from the table. Nobody edits that file: see {@link ConformTable}. */
final class ConformDoc {
    private static final String HEAD = """
            # Conformance

            <!-- Printed from the table of `org.pagepool.demo.conform` by `./pagepool conform --doc > docs/conformance.md`. -->

            Which rules of the kernel's device-page machinery the pool follows, where, and which check and which test shows it.
            The rows are those of the project's digest of five mails and of the kernel they led to: behaviours B, races R,
            disputes D; the invariants I are the project's own. Row numbers are used in Javadoc, in test names and in the output
            of the program. The rules are told here in our words; no kernel text or code is in this project.

            Checks are run by `./pagepool conform`, under every preset in which their row applies; tests by `mvn verify`, which
            also runs the checks. A test, `ConformanceDocTest`, fails when this file is not what the table prints, or when it
            names a method that does not exist.

            A row is in one of four states:

            | state | means |
            |---|---|
            | holds | implemented; its checks and the tests named show it. What a kernel has besides and a pool of actors has no counterpart for (flags of a page record, file descriptors, the zero page) is named as *outside the model* |
            | partly | what is there, and what is missing |
            | later | not built yet: why, and where it will live |
            | out | deliberately not modelled, and why |

            A race *holds* when it cannot happen under the default protocol `pagepool` and a test shows that. Where an older era
            or a switch brings it back, the row says so: that is wanted, and the auditor reports it where one of its invariants is
            broken.

            Eras, by what a parked page counts and who is waited for:

            | era | releases | rule in one line | presets |
            |---|---|---|---|
            """;

    private static final String AFTER_ERAS = """

            The preset `pagepool`, the default, has the counts of E4, one grab per head, and a teardown that waits for every pin.
            *Proposal* means a rule that was posted and never merged as it was.
            """;

    private ConformDoc() {}

    /** The whole document. */
    static String text() {
        StringBuilder to = new StringBuilder(HEAD);
        for (Era era : Era.values()) {
            line(to, List.of(era.name(), era.releases(), era.rule(), codes(era.presets())));
        }
        to.append(AFTER_ERAS);
        table(
                to,
                "Behaviours",
                'B',
                List.of(
                        new Column("row", Row::id),
                        new Column("rule", row -> "**" + row.name() + "**: " + row.rule()),
                        new Column("eras", Row::eras),
                        new Column("state", ConformDoc::state),
                        new Column("where", row -> codes(row.where())),
                        new Column("checks", ConformDoc::checks),
                        new Column("test", row -> codes(row.tests()))));
        table(
                to,
                "Races",
                'R',
                List.of(
                        new Column("row", Row::id),
                        new Column("wrong outcome", Row::rule),
                        new Column("state", ConformDoc::state),
                        new Column("where", row -> codes(row.where())),
                        new Column("checks", ConformDoc::checks),
                        new Column("test", row -> codes(row.tests()))));
        to.append("""

                ## Disputes

                What can be switched, with the keys and values that scenarios and `Protocol.SWITCHES` have.

                """);
        rows(
                to,
                'D',
                List.of(
                        new Column("row", Row::id),
                        new Column("dispute", Row::rule),
                        new Column("switch", ConformDoc::switches),
                        new Column("state", ConformDoc::state),
                        new Column("where", row -> codes(row.where())),
                        new Column("checks", ConformDoc::checks),
                        new Column("test", row -> codes(row.tests()))));
        to.append("""

                ## Invariants

                Judged by the auditor over the events of a run. Each test in `AuditorTest` breaks one rule in a history that is
                otherwise legal and finds it at the event where it broke.

                """);
        rows(
                to,
                'I',
                List.of(
                        new Column("row", Row::id),
                        new Column("invariant", Row::rule),
                        new Column("state", ConformDoc::state),
                        new Column("where", row -> codes(row.where())),
                        new Column("checks", ConformDoc::checks),
                        new Column("test", row -> codes(row.tests()))));
        return to.toString();
    }

    private record Column(String title, Function<Row, String> cell) {}

    private static void table(StringBuilder to, String title, char kind, List<Column> columns) {
        to.append("\n## ").append(title).append("\n\n");
        rows(to, kind, columns);
    }

    private static void rows(StringBuilder to, char kind, List<Column> columns) {
        line(to, columns.stream().map(Column::title).toList());
        to.append("|").append("---|".repeat(columns.size())).append("\n");
        for (Row row : ConformTable.rows(kind)) {
            line(to, columns.stream().map(c -> c.cell().apply(row)).toList());
        }
    }

    private static void line(StringBuilder to, List<String> cells) {
        to.append("|");
        for (String cell : cells) {
            to.append(cell.isEmpty() ? " " : " " + cell + " ").append("|");
        }
        to.append("\n");
    }

    private static String state(Row row) {
        return row.state().text() + (row.remark().isEmpty() ? "" : ": " + row.remark());
    }

    private static String checks(Row row) {
        return row.checks().stream().map(Check::name).distinct().collect(Collectors.joining("; "));
    }

    private static String codes(List<String> names) {
        return names.stream().map(ConformDoc::code).collect(Collectors.joining(", "));
    }

    private static String code(String name) {
        return "`" + name + "`";
    }

    /** The switches of a dispute; those with the same values share them. */
    private static String switches(Row row) {
        List<String> out = new ArrayList<>();
        List<Protocol.Switch> left = new ArrayList<>(Protocol.SWITCHES);
        left.removeIf(s -> !s.dispute().equals(row.id()));
        while (!left.isEmpty()) {
            List<String> values = left.get(0).values();
            List<String> keys = left.stream()
                    .filter(s -> s.values().equals(values))
                    .map(Protocol.Switch::key)
                    .toList();
            out.add(codes(keys) + ": " + codes(values));
            left.removeIf(s -> s.values().equals(values));
        }
        return out.isEmpty() ? "none" : String.join("; ", out);
    }
}
