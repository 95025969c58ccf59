package org.pagepool.persistence.codec;

import com.esotericsoftware.kryo.io.Input;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what {@link KryoOut} has written. Room is made only for what the bytes that are left can hold. */
final class KryoIn implements In {
    private static final int TEXTS_KEPT_MAX = 256;

    private final Session session;
    private Input from = new Input();
    private int limit;
    private List<String> texts = new ArrayList<>();
    private long lastNanos;

    KryoIn(Session session) {
        this.session = session;
    }

    void begin(Input input, int end) {
        from = input;
        limit = end;
        lastNanos = 0;
        if (texts.size() > TEXTS_KEPT_MAX) {
            texts = new ArrayList<>();
        } else {
            texts.clear();
        }
    }

    @Override
    public String text(String name) {
        String value = textOrNull(name);
        if (value == null) {
            throw new MalformedException(name + " is missing");
        }
        return value;
    }

    @Override
    public @Nullable String textOrNull(String name) {
        int head = from.readVarInt(true);
        if (head == 0) {
            return null;
        }
        int n = (head >>> 1) - 1 + (head & 1);
        if ((head & 1) == 1) {
            if (n >= texts.size()) {
                throw new MalformedException(name + " is a text that did not come: " + n);
            }
            return texts.get(n);
        }
        if (n > KryoOut.TEXT_MAX) {
            throw new MalformedException(
                    name + " is a text of " + n + " bytes; at most " + KryoOut.TEXT_MAX + " are stored");
        }
        String value = utf8(name, bounded(name, n));
        texts.add(value);
        return value;
    }

    private String utf8(String name, int bytes) {
        int start = from.position();
        byte[] buffer = from.getBuffer();
        boolean ascii = true;
        for (int i = start; i < start + bytes && ascii; i++) {
            ascii = buffer[i] >= 0;
        }
        from.setPosition(start + bytes);
        if (ascii) {
            return new String(buffer, start, bytes, StandardCharsets.ISO_8859_1);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(buffer, start, bytes))
                    .toString();
        } catch (CharacterCodingException broken) {
            throw new MalformedException(name + " is no UTF-8", broken);
        }
    }

    @Override
    public long number(String name) {
        return from.readVarLong(false);
    }

    @Override
    public long nanos(String name) {
        lastNanos += from.readVarLong(false);
        return lastNanos;
    }

    @Override
    public boolean flag(String name) {
        byte value = from.readByte();
        if (value != 0 && value != 1) {
            throw new MalformedException(name + " is neither yes nor no: " + value);
        }
        return value == 1;
    }

    @Override
    public <E extends Enum<E>> E one(String name, EnumCodes<E> codes) {
        return codes.constant(from.readByte());
    }

    @Override
    public <E extends Enum<E>> @Nullable E oneOrNull(String name, EnumCodes<E> codes) {
        byte code = from.readByte();
        return code == 0 ? null : codes.constant(code);
    }

    @Override
    public <E extends Enum<E>> List<E> all(String name, EnumCodes<E> codes) {
        return items(name, () -> one(name, codes));
    }

    @Override
    public List<String> texts(String name) {
        return items(name, () -> text(name));
    }

    @Override
    public <T> List<T> list(String name, Part<T> part) {
        int count = count(name);
        if (count == 1) {
            return List.of(part.get().get(this));
        }
        List<T> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(part.get().get(this));
        }
        return List.copyOf(list);
    }

    private <T> List<T> items(String name, java.util.function.Supplier<T> next) {
        int count = count(name);
        List<T> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(next.get());
        }
        return List.copyOf(list);
    }

    /** Each item takes a byte at least. */
    private int count(String name) {
        return bounded(name, from.readVarInt(true));
    }

    private int bounded(String name, int count) {
        int left = limit - from.position();
        if (count < 0 || count > left) {
            throw new MalformedException(
                    name + " ends too early: " + Integer.toUnsignedString(count) + " wanted, " + left + " bytes left");
        }
        return count;
    }

    @Override
    public <T> T part(String name, Part<T> part) {
        return part.get().get(this);
    }

    @Override
    public <T> @Nullable T partOrNull(String name, Part<T> part) {
        return flag(name) ? part.get().get(this) : null;
    }

    @Override
    public <T> T record(String name, Class<T> type) {
        return session.readRecord(name, from, type);
    }
}
