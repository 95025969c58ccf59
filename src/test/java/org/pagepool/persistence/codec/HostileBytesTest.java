package org.pagepool.persistence.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.esotericsoftware.kryo.io.Output;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever the bytes are, they are a value or a {@link MalformedException}, and cost no more room than they take. */
class HostileBytesTest {
    @Test
    void shouldTakeEveryFlippedBitForAValueOrRefuseIt() {
        for (Map.Entry<String, Object> sample : Samples.all().entrySet()) {
            byte[] bytes = Records.write(sample.getValue());
            for (int bit = 0; bit < bytes.length * 8; bit++) {
                byte[] flipped = bytes.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                valueOrRefusal(sample.getKey(), flipped);
            }
        }
    }

    @Test
    void shouldRefuseEveryBeginning() {
        for (Map.Entry<String, Object> sample : Samples.all().entrySet()) {
            byte[] bytes = Records.write(sample.getValue());
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThrows(MalformedException.class, () -> Records.read(sample.getKey(), cut), sample.getKey());
            }
        }
    }

    @Test
    void shouldTakeEveryByteReplacedForAValueOrRefuseIt() {
        for (Map.Entry<String, Object> sample : Samples.all().entrySet()) {
            byte[] bytes = Records.write(sample.getValue());
            for (int at = 0; at < Math.min(bytes.length, 200); at++) {
                for (int value = 0; value < 256; value += 5) {
                    byte[] replaced = bytes.clone();
                    replaced[at] = (byte) value;
                    valueOrRefusal(sample.getKey(), replaced);
                }
            }
        }
    }

    /** A value can be written and read again. */
    private static void valueOrRefusal(String manifest, byte[] bytes) {
        Object value;
        try {
            value = Records.read(manifest, bytes);
        } catch (MalformedException refused) {
            assertTrue(String.valueOf(refused.getMessage()).startsWith(manifest), refused.getMessage());
            return;
        }
        assertEquals(value, Records.read(manifest, Records.write(value)));
    }

    @Test
    void shouldRefuseTrailingBytes() {
        Samples.all().forEach((manifest, sample) -> {
            byte[] bytes = Records.write(sample);
            MalformedException refused = assertThrows(
                    MalformedException.class, () -> Records.read(manifest, Arrays.copyOf(bytes, bytes.length + 3)));
            assertEquals(manifest + ": 3 bytes too many", refused.getMessage());
        });
    }

    /** Lists and texts of four thousand million: refused before room is made. */
    @ParameterizedTest
    @CsvSource({
        "4294967295, 4294967295 wanted",
        "2147483647, 2147483647 wanted",
        "1000000, 1000000 wanted",
    })
    void shouldNotMakeRoomForWhatCannotCome(long count, String words) {
        try (Output out = new Output(64, 64)) {
            out.writeVarInt((int) count, true);
            out.writeBytes(new byte[10]);
            MalformedException refused =
                    assertThrows(MalformedException.class, () -> Records.read("batch:1", out.toBytes()));
            assertTrue(String.valueOf(refused.getMessage()).contains(words), refused.getMessage());
        }
    }

    @Test
    void shouldNotMakeRoomForATextThatCannotCome() {
        try (Output out = new Output(64, 64)) {
            out.writeVarInt(-2, true);
            assertTrue(refusal("drained:1", out.toBytes()).contains("at most 1048576"));
        }
    }

    @Test
    void shouldNeverLookAtTheNameOfAClass() {
        try (Output out = new Output(256, 256)) {
            out.writeVarInt(1, true); // one event
            out.writeVarLong(0, false); // at
            out.writeVarInt(1, true); // what Kryo takes for "a name follows"
            out.writeVarInt(0, true);
            out.writeString("javax.swing.JFrame");
            assertEquals(
                    "batch:1: a class by its name, where only numbers are allowed", refusal("batch:1", out.toBytes()));
        }
    }

    @Test
    void shouldRefuseARecordWhereAnotherBelongs() {
        try (Output out = new Output(256, 256)) {
            out.writeVarInt(1, true);
            out.writeVarLong(0, false);
            out.writeVarInt(200 + 2, true); // a batch within a batch
            out.writeBytes(Records.write(Samples.all().get("batch:1")));
            assertEquals("batch:1: event is no Event but Batch", refusal("batch:1", out.toBytes()));
            byte[] unknown = {1, 0, (byte) 0xff, 0x7f};
            assertEquals("batch:1: no record has the number 16381", refusal("batch:1", unknown));
            byte[] text = {1, 0, 3};
            assertEquals("batch:1: event is no Event but String", refusal("batch:1", text));
        }
    }

    @Test
    void shouldRefuseTextsThatAreNoUtf8() {
        byte[] bytes = {6, (byte) 0xc3, 0x28};
        assertEquals("drained:1: pgmap is no UTF-8", refusal("drained:1", Arrays.copyOf(bytes, 3)));
        byte[] good = "\u00e4".getBytes(StandardCharsets.UTF_8);
        assertEquals(
                "Drained[pgmap=\u00e4]",
                Records.read("drained:1", new byte[] {6, good[0], good[1]}).toString());
    }

    @ParameterizedTest
    @CsvSource({
        "drained, unknown manifest: drained",
        "drained:2, 'unknown manifest: drained:2; this program knows drained up to version 1'",
        "java.lang.String:1, unknown manifest: java.lang.String:1",
        "'', 'unknown manifest: '",
    })
    void shouldRefuseManifestsItDoesNotKnow(String manifest, String message) {
        assertEquals(message, refusal(manifest, new byte[3]));
    }

    private static String refusal(String manifest, byte[] bytes) {
        return String.valueOf(assertThrows(MalformedException.class, () -> Records.read(manifest, bytes))
                .getMessage());
    }
}
