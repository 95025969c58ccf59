package org.pagepool.demo;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Mistakes;
import org.pagepool.demo.cli.UsageException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pagepool help [COMMAND]}: the same as {@code --help}, for those who ask that way. */
@Command(name = "help", description = "Shows the help of a command, or of the program.")
final class HelpCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "COMMAND", arity = "0..1", description = "A command; without it, the program.")
    private @Nullable String command;

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        CommandLine wanted = command == null ? root : root.getSubcommands().get(command);
        if (wanted == null) {
            throw new UsageException(Mistakes.unknownCommand(root, String.valueOf(command)));
        }
        wanted.usage(root.getOut());
        return ExitStatus.OK.code();
    }
}
