package org.pagepool.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Mistakes;
import org.pagepool.demo.cli.UsageException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pagepool help [COMMAND...]}: the same as {@code --help}, for those who ask that way. */
@Command(name = "help", description = "Shows the help of a command, or of the program.")
final class HelpCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "COMMAND",
            arity = "0..*",
            description = "A command, and which of its commands, such as log export; without it, the program.")
    private List<String> commands = new ArrayList<>();

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        CommandLine wanted = root;
        for (String command : commands) {
            CommandLine next = wanted.getSubcommands().get(command);
            if (next == null) {
                throw new UsageException(Mistakes.unmatched(wanted, command));
            }
            wanted = next;
        }
        wanted.usage(root.getOut());
        return ExitStatus.OK.code();
    }
}
