package org.pagepool.persistence.log;

import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.codec.MalformedException;
import org.pagepool.persistence.codec.Records;
import org.pagepool.runtime.journal.Batch;

/** One row of a log: a batch of one owner in its place. Its bytes are read, or made, when they are asked for. Not thread-safe. */
public final class LogRow {
    private final long ordinal;
    private final String owner;
    private final long sequence;
    private final long writtenMillis;
    private final String manifest;
    private byte @Nullable [] payload;
    private @Nullable Batch batch;

    private LogRow(long ordinal, String owner, long sequence, long writtenMillis, String manifest) {
        this.ordinal = ordinal;
        this.owner = owner;
        this.sequence = sequence;
        this.writtenMillis = writtenMillis;
        this.manifest = manifest;
    }

    /** A row of which the bytes are known. */
    public static LogRow of(
            long ordinal, String owner, long sequence, long writtenMillis, String manifest, byte[] payload) {
        LogRow row = new LogRow(ordinal, owner, sequence, writtenMillis, manifest);
        row.payload = payload;
        return row;
    }

    /** A row of which the batch is known. */
    public static LogRow of(long ordinal, String owner, long sequence, long writtenMillis, Batch batch) {
        LogRow row = new LogRow(ordinal, owner, sequence, writtenMillis, Records.manifest(batch));
        row.batch = batch;
        return row;
    }

    /** Its place in the one order of all rows. */
    public long ordinal() {
        return ordinal;
    }

    /** Who wrote it: a persistence id. */
    public String owner() {
        return owner;
    }

    /** Its place among the rows of its owner. */
    public long sequence() {
        return sequence;
    }

    /** When it was written, in milliseconds since 1970. */
    public long writtenMillis() {
        return writtenMillis;
    }

    /** How its bytes are read. */
    public String manifest() {
        return manifest;
    }

    /** Its bytes. Not to be changed. */
    public byte[] payload() {
        byte[] bytes = payload;
        if (bytes == null) {
            bytes = Records.write(batch());
            payload = bytes;
        }
        return bytes;
    }

    /**
     * What it says.
     *
     * @throws MalformedException if its bytes are no batch
     */
    public Batch batch() {
        Batch known = batch;
        if (known == null) {
            byte[] bytes = payload;
            Object read = Records.read(manifest, bytes == null ? new byte[0] : bytes);
            if (!(read instanceof Batch decoded)) {
                throw new MalformedException(manifest + " is no batch");
            }
            known = decoded;
            batch = known;
        }
        return known;
    }
}
