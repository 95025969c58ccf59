package org.pagepool.demo;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} says: the program's own version, Akka's, and the Java it runs on. */
final class Versions implements IVersionProvider {
    private static final String RESOURCE = "version.properties";

    @Override
    public String[] getVersion() throws IOException {
        Properties built = built();
        return new String[] {
            "pagepool " + built.getProperty("pagepool"),
            "Akka     " + built.getProperty("akka"),
            "Java     " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")"
        };
    }

    /** Written by the build. */
    private static Properties built() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = Versions.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IOException("no such resource beside the program: name=" + RESOURCE);
            }
            properties.load(in);
        }
        return properties;
    }
}
