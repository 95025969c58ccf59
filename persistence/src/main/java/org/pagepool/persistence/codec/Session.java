package org.pagepool.persistence.codec;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Registration;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import com.esotericsoftware.kryo.util.DefaultClassResolver;

/**
 * A Kryo that knows the forms of one table, each by its number, and nothing else; and what it remembers while it writes or reads
 * one record. For one thread at a time, and not after it threw.
 */
final class Session extends Kryo {
    private static final int BUFFER = 1024;
    private static final int BUFFER_KEPT_MAX = 1 << 20;
    private static final int DEPTH_MAX = 8;

    /** Of arrays, which cannot be larger. */
    private static final int BYTES_MAX = Integer.MAX_VALUE - 8;

    private final Codecs codecs;
    private final KryoOut writer;
    private final KryoIn reader;
    private Output output = new Output(BUFFER, BYTES_MAX);
    private final Input input = new Input();

    Session(Codecs codecs) {
        super(new ByNumber(), null);
        setRegistrationRequired(true);
        setReferences(false);
        setMaxDepth(DEPTH_MAX);
        this.codecs = codecs;
        this.writer = new KryoOut(this);
        this.reader = new KryoIn(this);
        codecs.table().forEach(this::register);
    }

    /** Old versions come first: the class then leads to its newest form, and each number still to its own. */
    private <T> void register(Codec<T> codec) {
        register(new Registration(codec.type(), new ByFields<>(codec, writer, reader), codec.number()));
    }

    Codecs codecs() {
        return codecs;
    }

    byte[] write(Object value) {
        Codec<Object> codec = codecs.of(value);
        output.reset();
        writer.begin(output);
        codec.part().put().put(writer, value);
        byte[] bytes = output.toBytes();
        if (output.getBuffer().length > BUFFER_KEPT_MAX) {
            output = new Output(BUFFER, BYTES_MAX);
        }
        return bytes;
    }

    Object read(Codec<?> codec, byte[] bytes, int from, int count) {
        input.setBuffer(bytes, from, count);
        try {
            reader.begin(input, from + count);
            Object value = codec.part().get().get(reader);
            int left = from + count - input.position();
            if (left > 0) {
                throw new MalformedException(left + " bytes too many");
            }
            return value;
        } finally {
            input.setBuffer(NOTHING);
        }
    }

    /** The next record, with its number before it. */
    @SuppressWarnings("unchecked") // Kryo's registrations have raw types
    <T> T readRecord(String name, Input from, Class<T> type) {
        Registration registration = readClass(from);
        Class<?> found = registration == null ? void.class : registration.getType();
        if (registration == null || !type.isAssignableFrom(found)) {
            throw new MalformedException(name + " is no " + type.getSimpleName() + " but " + found.getSimpleName());
        }
        return type.cast(readObject(from, found, (Serializer<Object>) registration.getSerializer()));
    }

    private static final byte[] NOTHING = {};

    /** Never looks at the name of a class, nor writes one. */
    private static final class ByNumber extends DefaultClassResolver {
        @Override
        protected Registration readName(Input input) {
            throw new KryoException("a class by its name, where only numbers are allowed");
        }
    }

    private static final class ByFields<T> extends Serializer<T> {
        private final Part<T> part;
        private final KryoOut writer;
        private final KryoIn reader;

        ByFields(Codec<T> codec, KryoOut writer, KryoIn reader) {
            super(false, true);
            this.part = codec.part();
            this.writer = writer;
            this.reader = reader;
        }

        @Override
        public void write(Kryo kryo, Output output, T value) {
            part.put().put(writer, value);
        }

        @Override
        public T read(Kryo kryo, Input input, Class<? extends T> type) {
            return part.get().get(reader);
        }
    }
}
