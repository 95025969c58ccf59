package org.pagepool.persistence.codec;

import akka.serialization.ByteBufferSerializer;
import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;

/**
 * Akka's way to {@link Records}: batches and snapshots as bytes. Bound in {@code reference.conf}. The manifest is code and version
 * of the record, the class plays no part.
 */
public final class PoolSerializer extends SerializerWithStringManifest implements ByteBufferSerializer {
    /** By this number journals remember who has written a row. */
    public static final int IDENTIFIER = 417;

    /** For Akka. */
    public PoolSerializer() {}

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object value) {
        return Records.manifest(value);
    }

    @Override
    public byte[] toBinary(Object value) {
        return Records.write(value);
    }

    @Override
    public void toBinary(Object value, ByteBuffer to) {
        to.put(Records.write(value));
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        try {
            return Records.read(manifest, bytes);
        } catch (MalformedException malformed) {
            throw refused(malformed);
        }
    }

    @Override
    public Object fromBinary(ByteBuffer bytes, String manifest) throws NotSerializableException {
        try {
            return Records.read(manifest, bytes);
        } catch (MalformedException malformed) {
            throw refused(malformed);
        }
    }

    private static NotSerializableException refused(MalformedException malformed) {
        NotSerializableException refused = new NotSerializableException(malformed.getMessage());
        refused.initCause(malformed);
        return refused;
    }
}
