package org.pagepool.persistence.rocks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.pagepool.persistence.journal.StoredRow;

/**
 * One event on its way into the store; the store gives it its ordinal.
 *
 * @param persistenceId who writes it
 * @param sequence its number among the events of that writer, from 1
 * @param serializerId which serializer made the payload
 * @param manifest what that serializer says the payload is
 * @param payload the bytes; not copied
 * @param writtenMillis when it was written, in milliseconds since 1970
 * @param adapterManifest what an event adapter says the event is; mostly empty
 * @param writer which incarnation of the writer this is
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to the disk: never compared, never changed
public record NewRow(
        String persistenceId,
        long sequence,
        int serializerId,
        String manifest,
        byte[] payload,
        long writtenMillis,
        String adapterManifest,
        String writer) {
    private static final int FIXED = 2 * Long.BYTES + 5 * Integer.BYTES;

    /** The value stored for it; the ordinal is the key. */
    byte[] encode() {
        byte[] id = utf8(persistenceId);
        byte[] type = utf8(manifest);
        byte[] adapted = utf8(adapterManifest);
        byte[] by = utf8(writer);
        ByteBuffer out =
                ByteBuffer.allocate(FIXED + id.length + type.length + adapted.length + by.length + payload.length);
        out.putLong(sequence).putLong(writtenMillis).putInt(serializerId);
        for (byte[] text : new byte[][] {id, type, adapted, by}) {
            out.putInt(text.length).put(text);
        }
        return out.put(payload).array();
    }

    /** What {@link #encode} made; throws an unchecked exception if it did not. */
    static NewRow decode(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        long sequence = in.getLong();
        long millis = in.getLong();
        int serializer = in.getInt();
        String id = text(in);
        String type = text(in);
        String adapted = text(in);
        String by = text(in);
        byte[] payload = new byte[in.remaining()];
        in.get(payload);
        return new NewRow(id, sequence, serializer, type, payload, millis, adapted, by);
    }

    /** About how many bytes it takes. */
    int size() {
        return FIXED + 2 * (persistenceId.length() + manifest.length()) + payload.length;
    }

    /** As everybody sees it. */
    StoredRow at(long ordinal) {
        return new StoredRow(ordinal, persistenceId, sequence, serializerId, manifest, payload, writtenMillis);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(ByteBuffer in) {
        byte[] text = new byte[in.getInt()];
        in.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
