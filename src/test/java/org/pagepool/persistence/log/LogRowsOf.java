package org.pagepool.persistence.log;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.pagepool.persistence.codec.RandomRecords;
import org.pagepool.persistence.codec.Samples;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.protocol.Protocol;

/** Logs for tests. */
final class LogRowsOf {
    static final LogHeader HEADER = new LogHeader(
            "pagepool 0.1.0",
            Instant.parse("2026-11-21T15:00:00Z"),
            7L,
            "surprise-removal",
            List.of(Protocol.PAGEPOOL, Protocol.V6_15.with("gup.recheck", "false")));

    private LogRowsOf() {}

    /** Random batches of three owners. */
    static List<LogRow> random(long seed, int rows) {
        RandomRecords records = new RandomRecords(new Random(seed));
        List<LogRow> all = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            all.add(LogRow.of(i + 1L, "owner-" + i % 3, i / 3 + 1L, 1_763_740_800_000L + i, records.batch()));
        }
        return all;
    }

    /** A row for each kind of event. */
    static List<LogRow> samples() {
        List<LogRow> all = new ArrayList<>();
        Batch whole = (Batch) Samples.all().get("batch:1");
        Samples.ofEvents().forEach(event -> {
            long n = all.size() + 1L;
            Batch batch = new Batch(List.of(new Batch.Entry(1_763_740_800_000_000_000L + n, event)), List.of());
            all.add(LogRow.of(n, "section-pmem0-272", n, 1_763_740_800_000L, batch));
        });
        all.add(LogRow.of(all.size() + 1L, "section-pmem0-272", all.size() + 1L, 1_763_740_800_001L, whole));
        return all;
    }

    /** Few bytes: for tests that try each of them. */
    static List<LogRow> small(int rows) {
        return samples().subList(3, 3 + rows);
    }

    /** With a header of few bytes. */
    static void writeShort(Path file, LogForm form, List<LogRow> rows) {
        write(file, form, new LogHeader("x", null, null, null, List.of()), rows);
    }

    static void write(Path file, LogForm form, List<LogRow> rows) {
        write(file, form, HEADER, rows);
    }

    private static void write(Path file, LogForm form, LogHeader header, List<LogRow> rows) {
        try (LogWriter writer = LogWriter.create(file, form, header, false)) {
            rows.forEach(writer::append);
            writer.finish();
        }
    }

    /** What can be read, up to the end or to what is wrong. */
    static List<String> read(Path file) {
        List<String> lines = new ArrayList<>();
        try (LogSource source = LogSources.open(file.toString());
                LogRows rows = source.rows()) {
            for (LogRow row = rows.next(); row != null; row = rows.next()) {
                lines.add(line(row));
            }
            lines.add("end");
        } catch (LogException wrong) {
            lines.add(wrong.kind() + " " + wrong.getMessage());
        }
        return lines;
    }

    static String line(LogRow row) {
        return row.ordinal() + " " + row.owner() + " " + row.sequence() + " " + row.writtenMillis() + " " + row.batch();
    }
}
