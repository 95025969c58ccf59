package org.pagepool.persistence.codec;

import com.esotericsoftware.kryo.io.Output;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fields as bytes: numbers in as few as they need, times as differences, and each text once, named by its place when it comes
 * again.
 *
 * <pre>
 *   number   zigzag varint                       time   zigzag varint, difference to the time before it
 *   flag     one byte, 0 or 1                    enum   one byte, its number; 0 where there is none
 *   text     varint: 0 null; 2n+1 text n again; 2n+2 a new text of n bytes of UTF-8, which follow
 *   list     varint, how many, and each          record varint, its number + 2, and its fields
 * </pre>
 */
final class KryoOut implements Out {
    /** The longest text that is stored, in bytes of UTF-8. */
    static final int TEXT_MAX = 1 << 20;

    private static final int TEXTS_KEPT_MAX = 256;

    private final Session session;
    private Output to = new Output(1);
    private Map<String, Integer> texts = new HashMap<>();
    private long lastNanos;

    KryoOut(Session session) {
        this.session = session;
    }

    void begin(Output output) {
        to = output;
        lastNanos = 0;
        if (texts.size() > TEXTS_KEPT_MAX) {
            texts = new HashMap<>();
        } else {
            texts.clear();
        }
    }

    @Override
    public void text(String name, String value) {
        Integer known = texts.putIfAbsent(value, texts.size());
        if (known != null) {
            to.writeVarInt(known * 2 + 1, true);
            return;
        }
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > TEXT_MAX) {
            throw new IllegalArgumentException(
                    name + " is too long to be stored: " + utf8.length + " bytes, want at most " + TEXT_MAX);
        }
        to.writeVarInt(utf8.length * 2 + 2, true);
        to.writeBytes(utf8);
    }

    @Override
    public void textOrNull(String name, @Nullable String value) {
        if (value == null) {
            to.writeVarInt(0, true);
        } else {
            text(name, value);
        }
    }

    @Override
    public void number(String name, long value) {
        to.writeVarLong(value, false);
    }

    @Override
    public void nanos(String name, long value) {
        to.writeVarLong(value - lastNanos, false);
        lastNanos = value;
    }

    @Override
    public void flag(String name, boolean value) {
        to.writeByte(value ? 1 : 0);
    }

    @Override
    public <E extends Enum<E>> void one(String name, EnumCodes<E> codes, E value) {
        to.writeByte(codes.code(value));
    }

    @Override
    public <E extends Enum<E>> void oneOrNull(String name, EnumCodes<E> codes, @Nullable E value) {
        to.writeByte(value == null ? 0 : codes.code(value));
    }

    @Override
    public <E extends Enum<E>> void all(String name, EnumCodes<E> codes, Collection<E> values) {
        to.writeVarInt(values.size(), true);
        values.stream().mapToInt(codes::code).sorted().forEach(to::writeByte);
    }

    @Override
    public void texts(String name, Collection<String> values) {
        to.writeVarInt(values.size(), true);
        for (String value : values) {
            text(name, value);
        }
    }

    @Override
    public <T> void list(String name, Collection<T> values, Part<T> part) {
        to.writeVarInt(values.size(), true);
        for (T value : values) {
            part.put().put(this, value);
        }
    }

    @Override
    public <T> void part(String name, T value, Part<T> part) {
        part.put().put(this, value);
    }

    @Override
    public <T> void partOrNull(String name, @Nullable T value, Part<T> part) {
        flag(name, value != null);
        if (value != null) {
            part.put().put(this, value);
        }
    }

    @Override
    public void record(String name, Object value) {
        session.writeClassAndObject(to, value);
    }
}
