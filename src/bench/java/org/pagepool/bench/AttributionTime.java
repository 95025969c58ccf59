package org.pagepool.bench;

import static org.pagepool.bench.Medians.median;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.pagepool.demo.Main;

/**
 * What it costs to know who holds what: the same {@code gup-test} in processes of their own, turn by turn, with the ledger and with one
 * that keeps nothing in its place. The pool without a ledger cannot say who holds a page, cannot release what a dead holder had, and
 * believes every release; it is compiled beside this benchmark and is on no other class path.
 *
 * <pre>
 * java -cp src/bench/target/pagepool-bench.jar org.pagepool.bench.AttributionTime [ROUNDS [GUP-TEST OPTION...]]
 * </pre>
 *
 * Prints the median of each process, and at the end the medians of those and their ratio.
 */
public final class AttributionTime {
    private static final List<String> ALL_OF_16_GIB =
            List.of("-a", "-m", "16384", "--geometry", "2MiB", "-n", "-1", "-r", "300");

    private AttributionTime() {}

    /** Measures. */
    public static void main(String[] args) throws IOException, InterruptedException {
        int rounds = args.length == 0 ? 5 : Integer.parseInt(args[0]);
        List<String> options =
                args.length < 2 ? ALL_OF_16_GIB : Arrays.asList(args).subList(1, args.length);
        double[][] pins = new double[2][rounds];
        double[][] unpins = new double[2][rounds];
        for (int i = 0; i < rounds; i++) {
            for (int ledger = 0; ledger < 2; ledger++) {
                int which = (i + ledger) % 2; // who goes first takes turns
                Config said = measure(which == 1, options);
                pins[which][i] = said.getDouble("pinMicros.p50");
                unpins[which][i] = said.getDouble("unpinMicros.p50");
                System.out.printf(
                        Locale.ROOT,
                        "%-14s pin %8.1f us  unpin %8.1f us%n",
                        which == 1 ? "with ledger" : "without",
                        pins[which][i],
                        unpins[which][i]);
            }
        }
        show("pin", pins);
        show("unpin", unpins);
    }

    private static void show(String what, double[][] micros) {
        double without = median(micros[0]);
        double with = median(micros[1]);
        System.out.printf(
                Locale.ROOT,
                "%-6s median of %d: with %.1f us, without %.1f us, ratio %.2f%n",
                what,
                micros[0].length,
                with,
                without,
                with / without);
    }

    private static Config measure(boolean attributed, List<String> options) throws IOException, InterruptedException {
        String path = System.getProperty("java.class.path");
        Path unattributed = Path.of(path).toAbsolutePath().resolveSibling("test-classes");
        if (!Files.isDirectory(unattributed)) {
            throw new IllegalStateException("the ledger that keeps nothing was not compiled: " + unattributed);
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:disable",
                "-XX:+UseParallelGC",
                "-XX:-UseAdaptiveSizePolicy",
                "-XX:InitialRAMPercentage=6",
                "-cp",
                attributed ? path : unattributed + java.io.File.pathSeparator + path,
                Main.class.getName(),
                "gup-test"));
        command.addAll(options);
        command.add("--json");
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Config said;
        try (Reader out = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
            said = ConfigFactory.parseReader(out);
        }
        if (process.waitFor() != 0) {
            throw new IllegalStateException("gup-test failed: exit status " + process.exitValue());
        }
        return said;
    }
}
