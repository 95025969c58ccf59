package org.pagepool.demo.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What this program is. */
public final class Program {
    /** The class that starts it. */
    public static final String MAIN = "org.pagepool.demo.Main";

    private static final String RESOURCE = "/org/pagepool/demo/version.properties";

    private Program() {}

    /** Its name and version: {@code pagepool 0.1.0}. */
    public static String version() {
        Properties built = new Properties();
        try (InputStream in = Program.class.getResourceAsStream(RESOURCE)) {
            if (in != null) {
                built.load(in);
            }
        } catch (IOException unreadable) {
            built.clear();
        }
        return "pagepool " + built.getProperty("pagepool", "of unknown version");
    }
}
