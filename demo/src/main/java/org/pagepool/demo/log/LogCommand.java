package org.pagepool.demo.log;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.Mistakes;
import org.pagepool.demo.cli.UsageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pagepool log}: all that can be done with a log but replaying it. */
@Command(
        name = "log",
        description = "Lists, shows, exports, imports, checks and follows event logs.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "LOG is a file in either form, the directory of a journal or of a run, or a PostgreSQL URL.",
            "Exit status: 0 good, 2 bad input, 7 damaged, 70 internal error, 130 Ctrl-C."
        })
public final class LogCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    /** The command; does nothing without one of {@link #parts}. */
    public LogCommand() {}

    /** Its own commands, in the order of the help. */
    public static List<Object> parts(Console console) {
        return List.of(
                new LsCommand(console),
                new CatCommand(console),
                new ExportCommand(console),
                new ImportCommand(console),
                new FsckCommand(console),
                new FollowCommand(console),
                new GenerateCommand(console));
    }

    @Override
    public void run() {
        Map<String, ?> known = new LinkedHashMap<>(spec.subcommands());
        throw new UsageException("log: which command? want " + String.join(" or ", known.keySet()) + " (see "
                + Mistakes.help(spec.commandLine()) + ")");
    }
}
