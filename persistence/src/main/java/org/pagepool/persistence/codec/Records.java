package org.pagepool.persistence.codec;

import com.esotericsoftware.kryo.KryoException;
import java.nio.ByteBuffer;

/**
 * Records to bytes and back. Thread-safe: each thread has a Kryo of its own, and one that threw is thrown away, for nobody knows
 * what it remembers.
 */
public final class Records {
    private static final ThreadLocal<Session> SESSIONS = ThreadLocal.withInitial(() -> new Session(Codecs.ALL));

    private Records() {}

    /** By what manifest the bytes of that value are read again. */
    public static String manifest(Object value) {
        return Codecs.ALL.of(value).manifest();
    }

    /**
     * The bytes of that value.
     *
     * @throws IllegalArgumentException if it is no record that is stored, or has a text that is too long
     */
    public static byte[] write(Object value) {
        boolean done = false;
        try {
            byte[] bytes = SESSIONS.get().write(value);
            done = true;
            return bytes;
        } finally {
            if (!done) {
                SESSIONS.remove();
            }
        }
    }

    /**
     * What those bytes are.
     *
     * @throws MalformedException if that cannot be said
     */
    public static Object read(String manifest, byte[] bytes) {
        return read(manifest, bytes, 0, bytes.length);
    }

    /** What {@code count} bytes from there on are. */
    public static Object read(String manifest, byte[] bytes, int from, int count) {
        Codec<?> codec = Codecs.ALL.of(manifest);
        try {
            return SESSIONS.get().read(codec, bytes, from, count);
        } catch (MalformedException said) {
            SESSIONS.remove();
            throw new MalformedException(manifest + ": " + said.getMessage(), said);
        } catch (KryoException
                | IllegalArgumentException
                | IllegalStateException
                | ArithmeticException
                | IndexOutOfBoundsException refused) {
            SESSIONS.remove();
            String why = refused instanceof KryoException ? inShort(refused) : String.valueOf(refused.getMessage());
            throw new MalformedException(manifest + ": " + why, refused);
        }
    }

    /** What is left in {@code bytes}. */
    public static Object read(String manifest, ByteBuffer bytes) {
        if (bytes.hasArray()) {
            int from = bytes.arrayOffset() + bytes.position();
            int count = bytes.remaining();
            bytes.position(bytes.limit());
            return read(manifest, bytes.array(), from, count);
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return read(manifest, copy);
    }

    private static String inShort(RuntimeException refused) {
        String said = String.valueOf(refused.getMessage());
        if (said.startsWith("Buffer underflow")) {
            return "ends too early";
        }
        return said.lines()
                .findFirst()
                .orElse("")
                .replaceFirst("Encountered unregistered class ID: ", "no record has the number ");
    }
}
