package org.pagepool.demo.scenario;

import java.nio.charset.StandardCharsets;

/** FNV-1a, 64 bits: the same for the same input everywhere and for ever. Not for secrets. */
final class StableHash {
    private static final long OFFSET = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private long hash = OFFSET;

    /** The hash of a seed and a name, to seed what belongs to both. */
    static long of(long seed, String name) {
        return new StableHash().add(seed).add(name).value();
    }

    StableHash add(long number) {
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            add((byte) (number >>> shift));
        }
        return this;
    }

    StableHash add(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        for (byte b : utf8) {
            add(b);
        }
        return add((long) utf8.length);
    }

    long value() {
        return hash;
    }

    private void add(byte b) {
        hash = (hash ^ (b & 0xff)) * PRIME;
    }
}
