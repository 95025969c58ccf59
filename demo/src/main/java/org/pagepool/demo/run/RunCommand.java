package org.pagepool.demo.run;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pagepool.actors.SystemTime;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.PoolCalls;
import org.pagepool.demo.cli.Seeds;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.ShellWords;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.scenario.Scenario;
import org.pagepool.demo.scenario.ScenarioException;
import org.pagepool.demo.scenario.ScenarioFile;
import org.pagepool.demo.scenario.ScenarioLoader;
import org.pagepool.demo.scenario.WorkloadPlan;
import org.pagepool.runtime.pgmap.PgmapSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pagepool run}: runs scenarios one after another, each variant on a pool of its own. */
@Command(
        name = "run",
        description = "Runs scenarios: maps devices, lets walkers pin, tears down in use, and audits every event.",
        footer = {
            "",
            "Without a scenario it runs devdax-16g. A scenario is a file, or one that is shipped by its bare name.",
            "Exit status: 0 clean, 1 an invariant broke, 2 bad input, 4 inconclusive, 70 internal error, 130 Ctrl-C.",
            "Where a scenario says that an invariant breaks (expect), 0 means that it did, and 1 that it did not."
        })
public final class RunCommand implements Callable<Integer> {
    private static final String DEFAULT_SCENARIO = "devdax-16g";

    private static final Duration WARM_UP = Duration.ofMillis(700);

    private final Console console;
    private final Path shipped;

    @Mixin
    private CommonOptions options = new CommonOptions();

    @Parameters(paramLabel = "SCENARIO", arity = "0..*", description = "Scenario files, or names of shipped ones.")
    private List<String> scenarios = new ArrayList<>();

    @Option(
            names = "-D",
            paramLabel = "KEY=VALUE",
            description =
                    "Sets any key of the scenario or switch of its protocol differently, such as -D protocol=v5.5. Repeatable.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Keeps every event, and what the load was told, in this new or empty directory.")
    private @Nullable Path data;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description = "Goes on with the run that --data kept there and that did not end.")
    private @Nullable Path resume;

    @Option(names = "--crash-here", hidden = true)
    private boolean crashHere;

    /**
     * The command.
     *
     * @param console where it writes
     * @param shipped directory of the shipped scenarios
     */
    public RunCommand(Console console, Path shipped) {
        this.console = console;
        this.shipped = shipped;
    }

    @Override
    public Integer call() {
        Path unfinished = resume;
        if (unfinished != null) {
            RunDirectory found = RunDirectory.open(unfinished);
            new RunText(new Sheet(options.text(console), options.ink(console)))
                    .announce(
                            found.scenario(),
                            found.directory().resolve("scenario.json").toString(),
                            new WorkloadPlan(found.scenario(), found.seed()));
            return resume(found, false).code();
        }
        long start = SystemTime.MONOTONIC.nanos();
        List<String> wanted = scenarios.isEmpty() ? List.of(DEFAULT_SCENARIO) : scenarios;
        List<ScenarioFile> files = load(wanted);
        if (!crashHere && CrashedRun.wanted(files)) {
            return crash(wanted, files).code();
        }
        if (data != null && (files.size() > 1 || files.get(0).runs().size() > 1)) {
            throw new UsageException("--data " + data + ": keeps one run; want one scenario without variants");
        }
        if (data != null) {
            PoolCalls.journalFailsInOneLine();
        }
        List<RunResult> results = new ArrayList<>();
        List<Comparison> comparisons = new ArrayList<>();
        RunText text = new RunText(new Sheet(options.text(console), options.ink(console)));
        for (int i = 0; i < files.size() && !console.interrupts().interrupted(); i++) {
            List<RunResult> ofFile = run(wanted.get(i), files.get(i), text);
            results.addAll(ofFile);
            if (ofFile.size() > 1) {
                Comparison comparison = Comparison.of(ofFile);
                text.show(comparison);
                comparisons.add(comparison);
            }
        }
        ExitStatus status = worst(results);
        if (options.json()) {
            RunJson.print(console.out(), results, comparisons, status, SystemTime.MONOTONIC.nanos() - start);
        } else {
            conclude(results, text);
        }
        return status.code();
    }

    // ---- going on after a crash

    private ExitStatus resume(RunDirectory kept, boolean temporary) {
        if (!scenarios.isEmpty() || data != null || !overrides.isEmpty()) {
            throw new UsageException("--resume " + kept.directory()
                    + ": goes on with what is there; want no scenario, -D or --data beside it");
        }
        ContinuedText text = new ContinuedText(new Sheet(options.text(console), options.ink(console)));
        Continued run;
        try (StatusLine status = options.statusLine(console)) {
            run = new ResumedRun(kept, temporary).run(status);
        }
        String document = ContinuedJson.document(run);
        kept.results(document);
        if (options.json()) {
            console.out().print(document);
            console.out().flush();
        } else {
            text.show(run);
            ContinuedText last =
                    options.quiet() ? new ContinuedText(new Sheet(console.out(), options.ink(console))) : text;
            last.conclude(run);
        }
        return run.status();
    }

    /** Plays it in a process of its own, which dies where the timeline says so, and goes on with what that leaves. */
    private ExitStatus crash(List<String> wanted, List<ScenarioFile> files) {
        if (files.size() > 1 || files.get(0).runs().size() > 1) {
            throw new UsageException(wanted.get(0) + ": crashes; want it run alone and without variants");
        }
        Scenario scenario = files.get(0).runs().get(0);
        long seed = Seeds.choose(options.seed(), scenario.seed());
        Sheet sheet = new Sheet(options.text(console), options.ink(console));
        new RunText(sheet).announce(scenario, files.get(0).file(), new WorkloadPlan(scenario, seed));
        CrashedRun crashed = new CrashedRun(data, wanted.get(0), overrides, seed);
        try (StatusLine status = options.statusLine(console)) {
            crashed.play(status);
        }
        sheet.title("Crashed", crashed.said());
        sheet.blank();
        return goOn(crashed);
    }

    /** What is in a temporary directory goes when all is well; else it is kept, and one line says where. */
    private ExitStatus goOn(CrashedRun crashed) {
        scenarios.clear();
        overrides.clear();
        data = null;
        boolean well = false;
        try {
            ExitStatus status = resume(RunDirectory.open(crashed.directory()), crashed.temporary());
            well = status == ExitStatus.OK;
            return status;
        } finally {
            if (well) {
                crashed.discard();
            } else if (crashed.temporary()) {
                console.err().println("pagepool: what is left of the run is kept in " + crashed.directory());
                console.err().flush();
            }
        }
    }

    /** All files are read before the first is run, so that a mistake in the last one shows at once. */
    private List<ScenarioFile> load(List<String> wanted) {
        ScenarioLoader loader = new ScenarioLoader(shipped);
        try {
            return wanted.stream().map(name -> loader.load(name, overrides)).toList();
        } catch (ScenarioException wrong) {
            throw new UsageException(String.valueOf(wrong.getMessage()));
        }
    }

    private List<RunResult> run(String wanted, ScenarioFile file, RunText text) {
        OptionalLong own = file.runs().get(0).seed();
        @Nullable Long given = options.seed();
        long shared = Seeds.choose(given, own);
        List<RunResult> results = new ArrayList<>();
        try {
            warmUp(file, shared);
            runAll(wanted, file, shared, text, results);
        } catch (StoppedBeforeLoadException stopped) {
            console.err().println("pagepool: " + stopped.getMessage());
        }
        return results;
    }

    private void runAll(String wanted, ScenarioFile file, long shared, RunText text, List<RunResult> results) {
        @Nullable Long given = options.seed();
        for (Scenario scenario : file.runs()) {
            if (console.interrupts().interrupted()) {
                break;
            }
            long seed = given == null ? scenario.seed().orElse(shared) : given;
            RunDirectory kept = data == null ? null : RunDirectory.create(data, scenario, file.file(), seed);
            text.announce(scenario, file.file(), new WorkloadPlan(scenario, seed));
            RunResult result;
            try (StatusLine status = options.statusLine(console)) {
                result = new ScenarioRun(scenario, seed, console, kept).run(file.file(), again(wanted, seed), status);
            }
            if (kept != null) {
                kept.results(RunJson.document(List.of(result), List.of(), result.status(), result.elapsedNanos()));
            }
            text.show(result);
            results.add(result);
        }
    }

    /** Of runs that are compared none shall pay for the JVM's start. Played on the variant with the fewest heads. */
    private void warmUp(ScenarioFile file, long seed) {
        if (file.runs().size() > 1 && !console.interrupts().interrupted()) {
            Scenario least = file.runs().stream()
                    .min(Comparator.comparingLong(RunCommand::heads))
                    .orElseThrow();
            try (StatusLine status = options.statusLine(console)) {
                new ScenarioRun(least.warmUp(WARM_UP), seed, console).run(file.file(), "", status);
            }
        }
    }

    private static long heads(Scenario scenario) {
        return scenario.devices().stream().mapToLong(PgmapSpec::heads).sum();
    }

    /** The command line that runs the same again, the program as it was typed this time. */
    private String again(String wanted, long seed) {
        List<String> words = new ArrayList<>(List.of(console.program(), "run", wanted));
        overrides.forEach((key, value) -> words.addAll(List.of("-D", key + "=" + value)));
        words.addAll(List.of("--seed", String.valueOf(seed)));
        return ShellWords.join(words);
    }

    private void conclude(List<RunResult> results, RunText text) {
        RunText last = options.quiet() ? new RunText(new Sheet(console.out(), options.ink(console))) : text;
        results.forEach(last::conclude);
    }

    private ExitStatus worst(List<RunResult> results) {
        List<ExitStatus> seen = results.stream().map(RunResult::status).toList();
        for (ExitStatus bad : List.of(ExitStatus.BROKEN, ExitStatus.INTERRUPTED, ExitStatus.INCONCLUSIVE)) {
            if (seen.contains(bad)) {
                return bad;
            }
        }
        return console.interrupts().interrupted() ? ExitStatus.INTERRUPTED : ExitStatus.OK;
    }
}
