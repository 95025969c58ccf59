package org.pagepool.persistence.codec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** Files beside the tests. */
final class Resources {
    private static final String PACKAGE = "org/pagepool/persistence/codec/";

    private Resources() {}

    static String text(String name) throws IOException {
        try (InputStream in = Resources.class.getResourceAsStream(name)) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static byte[] hex(String name) throws IOException {
        StringBuilder digits = new StringBuilder();
        text(name).lines().filter(line -> !line.startsWith("#")).forEach(digits::append);
        return HexFormat.of().parseHex(digits);
    }

    /** Among the sources, to be looked at and committed. */
    static Path write(String name, String text) throws IOException {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("LICENSE"))) {
            at = at.getParent();
        }
        Path file = at.resolve("src/test/resources").resolve(PACKAGE).resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }
}
