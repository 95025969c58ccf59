package org.pagepool.demo.replay;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.Protocols;
import org.pagepool.demo.cli.Sheet;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.log.EventFilter;
import org.pagepool.demo.log.Point;
import org.pagepool.demo.log.Reading;
import org.pagepool.persistence.log.LogSource;
import org.pagepool.persistence.log.LogSources;
import org.pagepool.runtime.protocol.Protocol;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pagepool replay}: a log from its beginning to any point. */
@Command(
        name = "replay",
        description =
                "Replays a log to any point: rebuilds who holds what, judges every event, tells why teardowns waited.",
        sortOptions = false,
        footer = {
            "",
            "LOG is a file in either form, the directory of a journal or of a run, or a PostgreSQL URL.",
            "POINT is the number of an event, a time after the first such as 2.5s, or one such as 2026-11-21T15:00:00Z.",
            "Exit status: 0 good, 1 an invariant broke, 2 bad input, 4 no event, 6 diverged or different, 7 damaged,"
                    + " 70 internal error, 130 Ctrl-C."
        })
public final class ReplayCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            paramLabel = "LOG",
            arity = "1..*",
            description = "The log; with --diff two, each with @POINT if wanted.")
    private List<String> logs = new ArrayList<>();

    @Option(names = "--until", paramLabel = "POINT", description = "End there.")
    private @Nullable String until;

    @Mixin
    private EventFilter filter = new EventFilter();

    @Option(
            names = "--step",
            description = "Stop at each event (that is chosen): Enter goes on, a number that many, q ends.")
    private boolean step;

    @Option(names = "--diff", description = "Compare two logs, or two points of one (LOG@POINT).")
    private boolean diff;

    @Option(names = "--protocol", paramLabel = "NAME", description = "Say what the log would mean under these rules.")
    private @Nullable String protocol;

    @Option(names = "-D", paramLabel = "SWITCH=VALUE", description = "Sets a switch of that protocol differently.")
    private List<String> switches = new ArrayList<>();

    @Option(
            names = "--complete",
            description = "Take the log for complete: what has not happened by its end never will.")
    private boolean complete;

    @Option(names = "--state", description = "Only the state there, unjudged: begins at the nearest checkpoint.")
    private boolean state;

    @Option(
            names = "--checkpoints",
            paramLabel = "DIRECTORY",
            description = "Where --state finds and leaves checkpoints (in the user's cache).")
    private @Nullable Path checkpoints;

    @Mixin
    private CommonOptions options = new CommonOptions();

    /** The command; writes to {@code console}. */
    public ReplayCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Point end = Point.parse("--until", until);
        filter.prepare();
        if (diff) {
            return compare(end);
        }
        if (logs.size() > 1) {
            throw new UsageException("unexpected argument: " + logs.get(1) + "; want one LOG, or --diff A B");
        }
        if (state) {
            return stateAt(end);
        }
        if (checkpoints != null) {
            throw new UsageException("--checkpoints " + checkpoints + ": are for --state; want both or neither");
        }
        if (step && options.json()) {
            throw new UsageException("--step: shows text; want it without --json");
        }
        return show(replayed(end, rejudged()));
    }

    private int stateAt(@Nullable Point end) {
        if (step || complete || protocol != null || filter.any()) {
            throw new UsageException(
                    "--state: shows the state alone; want none of --step, --complete, --protocol, --head, --holder and"
                            + " --pgmap beside it");
        }
        Path given = checkpoints;
        Path directory = given == null ? StateRun.usualDirectory(console.env()) : given;
        StateRun.State found;
        try (LogSource source = LogSources.open(logs.get(0));
                StatusLine status = options.statusLine(console)) {
            found = new StateRun(source, end, directory).run(new Reading("replaying", status, console.interrupts()));
        }
        if (options.json()) {
            ReplayJson.print(console.out(), found);
        } else {
            new ReplayText(new Sheet(console.out(), options.ink(console))).show(found);
        }
        return found.status().code();
    }

    private ReplayResult replayed(@Nullable Point end, @Nullable Rejudged other) {
        try (LogSource source = LogSources.open(logs.get(0));
                StatusLine status = options.statusLine(console)) {
            ReplayRun run = new ReplayRun(source, end, complete, other);
            Sheet sheet = new Sheet(options.text(console), options.ink(console));
            Reading reading = new Reading("replaying", status, console.interrupts());
            if (!step) {
                Stories stories = new Stories(sheet, filter, run.rebuilt());
                ReplayResult result = run.run(reading, stories::at);
                stories.end();
                return result;
            }
            Charset encoding = Charset.defaultCharset();
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, encoding));
            return run.run(reading, new Stepper(sheet, filter, run.rebuilt(), in, console.interrupts())::at);
        }
    }

    private int show(ReplayResult result) {
        ReplayText text = new ReplayText(new Sheet(console.out(), options.ink(console)));
        if (options.json()) {
            ReplayJson.print(console.out(), result);
        } else {
            if (!options.quiet()) {
                text.show(result);
            }
            text.conclude(result);
        }
        String damage = result.damage();
        if (damage != null) {
            console.err().println("pagepool: " + damage);
            console.err().flush();
        }
        return result.status().code();
    }

    private @Nullable Rejudged rejudged() {
        String name = protocol;
        if (name == null) {
            if (!switches.isEmpty()) {
                throw new UsageException(
                        "-D " + switches.get(0) + ": sets a switch of no protocol; want --protocol NAME too");
            }
            return null;
        }
        Protocol rules = Protocols.preset(name);
        for (String setting : switches) {
            rules = Protocols.with(rules, setting);
        }
        String wrong = rules.nonsense();
        if (wrong != null) {
            throw new UsageException("--protocol " + rules.name() + " makes no sense: " + wrong);
        }
        return new Rejudged(rules);
    }

    private int compare(@Nullable Point end) {
        if (logs.size() != 2) {
            throw new UsageException("--diff: wants two logs; want --diff A B, or --diff LOG@POINT LOG@POINT");
        }
        if (end != null || step || protocol != null || filter.any()) {
            throw new UsageException(
                    "--diff: compares whole histories; want LOG@POINT and none of --until, --step, --protocol,"
                            + " --head, --holder and --pgmap beside it");
        }
        Difference difference;
        try (StatusLine status = options.statusLine(console)) {
            difference = new Differ(new Reading("comparing", status, console.interrupts()))
                    .compare(Differ.Side.parse(logs.get(0)), Differ.Side.parse(logs.get(1)));
        }
        if (options.json()) {
            ReplayJson.print(console.out(), difference);
        } else {
            new ReplayText(new Sheet(console.out(), options.ink(console))).show(difference, options.quiet());
        }
        return difference.status().code();
    }
}
