package org.pagepool.persistence.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.SerializerWithStringManifest;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Akka finds the serializer for everything that is stored. */
class PoolSerializerTest {
    private static ActorTestKit kit;

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create();
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void shouldBeBoundToEveryRecord() {
        Serialization serialization = SerializationExtension.get(kit.system());
        Samples.all().forEach((manifest, sample) -> {
            SerializerWithStringManifest found =
                    assertInstanceOf(PoolSerializer.class, serialization.findSerializerFor(sample), manifest);
            assertEquals(PoolSerializer.IDENTIFIER, found.identifier());
            assertEquals(manifest, found.manifest(sample));
            byte[] bytes = serialization.serialize(sample).get();
            assertEquals(
                    sample,
                    serialization
                            .deserialize(bytes, PoolSerializer.IDENTIFIER, manifest)
                            .get());
        });
    }

    @Test
    void shouldHaveTheIdentifierThatTheConfigurationNames() {
        assertEquals(
                PoolSerializer.IDENTIFIER,
                kit.system()
                        .settings()
                        .config()
                        .getInt("akka.actor.serialization-identifiers.\"" + PoolSerializer.class.getName() + "\""));
    }

    @Test
    void shouldReadAndWriteBuffers() throws NotSerializableException {
        PoolSerializer serializer = new PoolSerializer();
        Object sample = Samples.all().get("batch:1");
        for (ByteBuffer buffer : new ByteBuffer[] {ByteBuffer.allocate(1000), ByteBuffer.allocateDirect(1000)}) {
            buffer.put((byte) 1);
            serializer.toBinary(sample, buffer);
            buffer.flip().get();
            assertEquals(sample, serializer.fromBinary(buffer.slice(), "batch:1"));
            assertEquals(sample, serializer.fromBinary(buffer, "batch:1"));
            assertEquals(0, buffer.remaining());
        }
    }

    @Test
    void shouldRefuseWithWords() {
        PoolSerializer serializer = new PoolSerializer();
        NotSerializableException refused =
                assertThrows(NotSerializableException.class, () -> serializer.fromBinary(new byte[] {5, 1}, "batch:1"));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("batch:1: "), refused.getMessage());
        assertThrows(IllegalArgumentException.class, () -> serializer.toBinary("text"));
    }

    /** What one thread read or threw is nothing to the next record. */
    @Test
    void shouldForgetWhatItHasRead() {
        byte[] bytes = Records.write(Samples.all().get("batch:1"));
        assertThrows(MalformedException.class, () -> Records.read("batch:1", new byte[] {1, 0, 0, 0}));
        assertArrayEquals(bytes, Records.write(Records.read("batch:1", bytes)));
    }
}
