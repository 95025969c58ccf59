package org.pagepool.demo.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a result goes. Like any {@link PrintWriter} it never throws, but it remembers why it could not write, so that a
 * result that got lost does not look like one that was printed. Used by one thread.
 */
public final class ResultWriter extends PrintWriter {
    private final Watched to;

    /** Writes to {@code stream}, in the encoding of this process. */
    public ResultWriter(OutputStream stream) {
        this(new Watched(stream));
    }

    private ResultWriter(Watched to) {
        super(new OutputStreamWriter(to, Charset.defaultCharset()), false);
        this.to = to;
    }

    /**
     * Why something that was written did not arrive, or null if all of it did. A reader that went away has seen what it
     * wanted and is no reason.
     */
    public @Nullable String lost() {
        if (!checkError()) {
            return null;
        }
        IOException why = to.failure;
        String said = why == null ? "unknown reason" : String.valueOf(why.getMessage());
        return said.toLowerCase(Locale.ROOT).contains("broken pipe") ? null : said;
    }

    /** Keeps the first failure, which the layers above swallow. */
    private static final class Watched extends FilterOutputStream {
        private @Nullable IOException failure;

        Watched(OutputStream to) {
            super(to);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            try {
                out.write(bytes, from, count);
            } catch (IOException failed) {
                failure = failure == null ? failed : failure;
                throw failed;
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                out.flush();
            } catch (IOException failed) {
                failure = failure == null ? failed : failure;
                throw failed;
            }
        }
    }
}
