package org.pagepool.persistence.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The frames of a compact log: length of type and content, checksum over length, type and content, type, content. Both numbers
 * are four bytes, the highest first.
 */
final class Frames {
    /** Not text, not changed by what changes the ends of lines unseen, and the name. */
    static final byte[] MAGIC = {(byte) 0x89, 'P', 'P', 'L', 'O', 'G', '\r', '\n'};

    /** Follows the magic, as one byte. */
    static final int VERSION = 1;

    /** Bytes before the content. */
    static final int HEAD = 9;

    /** The longest there may be. */
    static final int LENGTH_MAX = 64 << 20;

    static final byte HEADER = 'H';
    static final byte ROW = 'R';
    static final byte END = 'E';

    private Frames() {}

    static byte[] head(byte type, byte[] content, int count) {
        return ByteBuffer.allocate(HEAD)
                .putInt(count + 1)
                .putInt(checksum(type, content, count))
                .put(type)
                .array();
    }

    static int checksum(byte type, byte[] content, int count) {
        CRC32C crc = new CRC32C();
        int length = count + 1;
        crc.update(length >>> 24);
        crc.update(length >>> 16);
        crc.update(length >>> 8);
        crc.update(length);
        crc.update(type);
        crc.update(content, 0, count);
        return (int) crc.getValue();
    }
}
