package org.pagepool.demo.conform;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.pagepool.actors.HeadHosting;
import org.pagepool.actors.SystemTime;
import org.pagepool.demo.cli.CommonOptions;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.PoolCalls;
import org.pagepool.demo.cli.Protocols;
import org.pagepool.demo.cli.StatusLine;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.conform.Outcome.Result;
import org.pagepool.runtime.protocol.Protocol;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pagepool conform}: every row of the protocol, checked in every era, as TAP. */
@Command(
        name = "conform",
        description = "Checks the pool against every row of the protocol, in every era, and says so in TAP.",
        footer = {
            "",
            "Rows are B1 to B53 (behaviours), R1 to R33 (races), D1 to D16 (disputes) and I1 to I12 (invariants).",
            "Exit status: 0 every check holds, 1 one does not, 2 bad input, 70 internal error, 130 Ctrl-C."
        })
public final class ConformCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private CommonOptions options = new CommonOptions();

    @Option(
            names = "--row",
            paramLabel = "ROW",
            description =
                    "A row such as B4, a range such as B1-B5, or a letter for all rows of a kind. Repeatable (all).")
    private List<String> rows = new ArrayList<>();

    @Option(names = "--protocol", paramLabel = "NAME", description = "A preset. Repeatable (all of them).")
    private List<String> protocols = new ArrayList<>();

    @Option(
            names = "--durable",
            description = "On pools that write down what they do, in a journal in memory, before they tell anybody.")
    private boolean durable;

    @Option(
            names = "--hosting",
            paramLabel = "WHERE",
            description = "Where heads count: actor (the default), each in a mailbox of its own, or section.")
    private String hosting = HeadHosting.ACTOR.label();

    @Option(names = "--list", description = "List the rows and run nothing.")
    private boolean list;

    @Option(names = "--doc", description = "Print docs/conformance.md and run nothing.")
    private boolean doc;

    /** The command; writes to {@code console}. */
    public ConformCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (doc && (list || options.json())) {
            throw new UsageException("--doc with " + (list ? "--list" : "--json")
                    + ": the document is Markdown and holds" + " every row; want --doc alone");
        }
        PoolCalls.hosting(hosting);
        List<Row> wanted = wantedRows();
        List<Protocol> presets = presets();
        if (doc) {
            console.out().print(ConformDoc.text());
            return ExitStatus.OK.code();
        }
        if (list) {
            list(wanted, presets);
            return ExitStatus.OK.code();
        }
        return run(wanted, presets, Conformance.plan(wanted, presets)).code();
    }

    private void list(List<Row> wanted, List<Protocol> presets) {
        if (options.json()) {
            ConformJson.print(console.out(), wanted, presets, List.of(), ExitStatus.OK, 0);
        } else {
            ConformText.list(console.out(), wanted, presets);
        }
    }

    private ExitStatus run(List<Row> wanted, List<Protocol> presets, List<Conformance.Item> plan) {
        long start = SystemTime.MONOTONIC.nanos();
        PrintWriter out = options.text(console);
        ConformText text = new ConformText(out, options.ink(console));
        text.announce(presets, plan.size());
        List<Outcome> outcomes = new ArrayList<>();
        try (StatusLine status = options.statusLine(console);
                Conformance conformance = new Conformance(durable, PoolCalls.hosting(hosting))) {
            for (Conformance.Item item : plan) {
                if (console.interrupts().interrupted()) {
                    break;
                }
                status.show(() -> item.number() + " of " + plan.size() + ": "
                        + item.row().id() + " " + item.row().name());
                Outcome outcome = item.run(conformance);
                outcomes.add(outcome);
                text.show(outcome);
            }
        }
        if (console.interrupts().interrupted()) {
            out.println("Bail out! interrupted");
        }
        ExitStatus status = status(outcomes);
        long nanos = SystemTime.MONOTONIC.nanos() - start;
        if (options.json()) {
            ConformJson.print(console.out(), wanted, presets, outcomes, status, nanos);
        } else {
            ConformText last = options.quiet() ? new ConformText(console.out(), options.ink(console)) : text;
            if (options.quiet()) {
                outcomes.stream().filter(o -> o.result() == Result.FAILED).forEach(last::show);
            }
            last.conclude(wanted.size(), outcomes, nanos);
        }
        return status;
    }

    private ExitStatus status(List<Outcome> outcomes) {
        if (outcomes.stream().anyMatch(o -> o.result() == Result.FAILED)) {
            return ExitStatus.BROKEN;
        }
        return console.interrupts().interrupted() ? ExitStatus.INTERRUPTED : ExitStatus.OK;
    }

    // ---- what was asked for

    private List<Row> wantedRows() {
        if (rows.isEmpty()) {
            return ConformTable.rows();
        }
        Set<String> wanted = new HashSet<>();
        rows.forEach(given -> wanted.addAll(RowRange.ids(given)));
        return ConformTable.rows().stream()
                .filter(row -> wanted.contains(row.id()))
                .toList();
    }

    private List<Protocol> presets() {
        if (protocols.isEmpty()) {
            return Protocol.PRESETS;
        }
        return protocols.stream().map(Protocols::preset).distinct().toList();
    }
}
