package org.pagepool.persistence.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.NotSerializableException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One file for each form that was ever written: each can still be read, and the newest of each code is still written so. */
class GoldenTest {
    private static final int LINE = 80;

    static Stream<String> manifests() {
        return Codecs.ALL.table().stream().map(Codec::manifest);
    }

    static String file(String manifest) {
        return "golden/" + manifest.replace(':', '-') + ".hex";
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void shouldReadWhatWasWritten(String manifest) throws IOException {
        Object sample = Objects.requireNonNull(Samples.all().get(manifest), manifest);
        byte[] golden = Resources.hex(file(manifest));
        if (golden.length == 0) {
            String digits = HexFormat.of().formatHex(Records.write(sample)).replaceAll("(.{" + LINE + "})", "$1\n");
            fail("new, look at it and commit it: "
                    + Resources.write(file(manifest), "# " + manifest + "\n" + digits.strip() + "\n"));
        }
        assertEquals(sample, Records.read(manifest, golden));
        if (Records.manifest(sample).equals(manifest)) {
            assertEquals(
                    HexFormat.of().formatHex(golden),
                    HexFormat.of().formatHex(Records.write(sample)),
                    "other bytes need another version");
        }
    }

    @Test
    void shouldRefuseTheVersionBehindTheNewest() {
        PoolSerializer serializer = new PoolSerializer();
        for (Map.Entry<String, Object> sample : Samples.all().entrySet()) {
            Codec<Object> codec = Codecs.ALL.of(sample.getValue());
            NotSerializableException refused = Assertions.assertThrows(
                    NotSerializableException.class,
                    () -> serializer.fromBinary(
                            Records.write(sample.getValue()), codec.code() + ":" + (codec.version() + 1)));
            assertTrue(
                    String.valueOf(refused.getMessage()).contains("this program knows " + codec.code()),
                    refused.getMessage());
        }
    }
}
