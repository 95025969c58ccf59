package org.pagepool.persistence.journal;

/**
 * One event as a journal keeps it. The payload is decoded by whoever knows the serializer; no actor system is needed.
 *
 * @param ordinal its place in the one order of the whole journal, from 1
 * @param persistenceId who wrote it
 * @param sequence its number among the events of that writer, from 1
 * @param serializerId which serializer made the payload
 * @param manifest what that serializer said the payload is
 * @param payload the bytes; not copied
 * @param writtenMillis when it was written, in milliseconds since 1970
 */
@SuppressWarnings("ArrayRecordComponent") // a view of stored bytes: never compared, never changed
public record StoredRow(
        long ordinal,
        String persistenceId,
        long sequence,
        int serializerId,
        String manifest,
        byte[] payload,
        long writtenMillis) {}
