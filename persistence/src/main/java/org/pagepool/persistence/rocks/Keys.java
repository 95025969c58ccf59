package org.pagepool.persistence.rocks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** How numbers and names become keys, so that their bytes sort as they do. */
final class Keys {
    private Keys() {}

    /** An ordinal, or any other number that is not negative. */
    static byte[] number(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    /** Back from {@link #number}. */
    static long number(byte[] key) {
        return ByteBuffer.wrap(key).getLong();
    }

    /** A name: its bytes. */
    static byte[] name(String persistenceId) {
        return persistenceId.getBytes(StandardCharsets.UTF_8);
    }

    /** Back from {@link #name}. */
    static String name(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }

    /** One event of one writer. The length comes first, so no name is the beginning of another. */
    static byte[] event(String persistenceId, long sequence) {
        byte[] name = name(persistenceId);
        return ByteBuffer.allocate(Integer.BYTES + name.length + Long.BYTES)
                .putInt(name.length)
                .put(name)
                .putLong(sequence)
                .array();
    }

    /** The number of the event whose key this is, or -1 if it is one of another writer than {@code like}. */
    static long sequence(byte[] key, byte[] like) {
        int prefix = like.length - Long.BYTES;
        boolean same =
                key.length == like.length && ByteBuffer.wrap(key, 0, prefix).equals(ByteBuffer.wrap(like, 0, prefix));
        return same ? ByteBuffer.wrap(key).getLong(prefix) : -1;
    }
}
