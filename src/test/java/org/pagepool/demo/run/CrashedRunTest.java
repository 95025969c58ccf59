package org.pagepool.demo.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pagepool.demo.CommandLineRun;
import org.pagepool.demo.Main;

/** What a run that crashes and goes on leaves in the directory for temporary files. */
class CrashedRunTest {
    private static final String CRASH = "{ at = 300ms, do = crash }";
    private static final String SCENARIO = """
            name = tiny-crash
            description = "Killed under load, recovered, finished and audited"
            devices { pmem0 { type = generic, size = 64MiB, geometry = 2MiB } }
            address-spaces { vm1 { map { all { device = pmem0 } } } }
            walkers { load { count = 2, space = vm1, size = 2MiB, hold = 1ms, think = 1ms, pins-in-flight = 1 } }
            timeline = [ %s ]
            limits { duration = 5s }
            settle = 5s
            %s
            """;

    @TempDir
    private Path dir;

    private Path temporary;

    @BeforeEach
    void makeTemporary() throws IOException {
        temporary = Files.createDirectory(dir.resolve("tmp"));
    }

    /** In a process of its own, whose temporary files nobody else has. */
    private CommandLineRun run(String timeline, String more, String... options) throws Exception {
        Path scenario = Files.writeString(dir.resolve("tiny-crash.conf"), SCENARIO.formatted(timeline, more));
        Path out = dir.resolve("out");
        Path err = dir.resolve("err");
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "run",
                "--seed",
                "7"));
        command.addAll(List.of(options));
        command.add(scenario.toString());
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertTrue(process.waitFor(2, TimeUnit.MINUTES), "in time");
        } finally {
            process.destroyForcibly();
        }
        return new CommandLineRun(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private List<Path> left() throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            return files.toList();
        }
    }

    @Test
    @DisplayName("nothing is left when all is well, neither of the run nor of the program that was killed")
    void shouldLeaveNothingWhenAllIsWell() throws Exception {
        CommandLineRun run = run(CRASH, "", "--json");
        assertEquals(0, run.status(), run::err);
        assertEquals("pagepool/continued/1", run.json().get("format"));
        assertEquals(null, run.json().get("directory"));
        assertEquals(List.of(), left());
    }

    @Test
    @DisplayName("what is left is kept when something is wrong, and one line says where")
    void shouldKeepWhatFailed() throws Exception {
        CommandLineRun run = run(CRASH, "expect = [I6]", "--quiet");
        assertEquals(1, run.status(), () -> run.out() + run.err());
        List<Path> left = left();
        assertEquals(1, left.size(), left::toString);
        assertTrue(Files.exists(left.get(0).resolve("manifest.json")), left::toString);
        assertEquals(
                "pagepool: what is left of the run is kept in " + left.get(0),
                run.err().strip());
        assertTrue(run.out().contains("pagepool replay " + left.get(0)), run::out);
    }

    @Test
    @DisplayName("a directory that was asked for is kept")
    void shouldKeepWhatWasAskedFor() throws Exception {
        Path data = dir.resolve("data");
        CommandLineRun run = run(CRASH, "", "--json", "--data", data.toString());
        assertEquals(0, run.status(), run::err);
        assertEquals(data.toString(), run.json().get("directory"));
        assertTrue(Files.exists(data.resolve("results.json")));
        assertEquals(List.of(), left());
    }

    @Test
    @DisplayName("a crash that never comes, because the load has ended before, is a mistake, and leaves nothing")
    void shouldRefuseACrashThatComesTooLate() throws Exception {
        CommandLineRun run =
                run("{ at = 100ms, do = kill, device = pmem0, verb = when-idle }, { at = 4s, do = crash }", "");
        assertEquals(2, run.status(), () -> run.out() + run.err());
        assertTrue(run.err().contains("want a crash before the end of the load"), run::err);
        assertEquals(List.of(), left());
    }
}
