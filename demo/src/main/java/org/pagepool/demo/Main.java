package org.pagepool.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pagepool.demo.cli.ColorWhen;
import org.pagepool.demo.cli.Console;
import org.pagepool.demo.cli.ExitStatus;
import org.pagepool.demo.cli.Mistakes;
import org.pagepool.demo.cli.UsageException;
import org.pagepool.demo.conform.ConformCommand;
import org.pagepool.demo.gup.GupTestCommand;
import org.pagepool.demo.log.LogCommand;
import org.pagepool.demo.replay.ReplayCommand;
import org.pagepool.demo.run.RunCommand;
import org.pagepool.demo.vmemmap.VmemmapCommand;
import org.pagepool.persistence.log.LogException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * The command line of the program: {@code pagepool COMMAND}. Called once, by the launcher, on the main thread.
 *
 * <p>A mistake of the user is one line on standard error and status 2; a mistake of the program is one line and status 70,
 * with the stack trace in a file. What else a command may answer is {@link ExitStatus}.
 */
@Command(
        name = "pagepool",
        description = "The Linux kernel's device-page machinery as actors: pins, reference counts and teardown.",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {
    private static final OptionSpec HELP = OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .description("Show this help message and exit.")
            .build();

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Show the stack trace of an internal error.")
    private boolean verbose;

    private Main() {}

    /** Runs one command line and ends the process with its exit status. */
    public static void main(String[] args) {
        Console console = Console.ofProcess();
        console.interrupts().install();
        int status = ExitStatus.INTERNAL.code();
        try {
            status = run(args, console);
        } finally {
            console.interrupts().finished();
        }
        System.exit(status);
    }

    /** Runs one command line and returns its exit status. */
    public static int run(String[] args, Console console) {
        int status = commandLine(console).execute(args);
        if (status == ExitStatus.OK.code() && console.interrupts().interrupted()) {
            status = ExitStatus.INTERRUPTED.code();
        }
        String lost = console.flush();
        if (lost == null) {
            return status;
        }
        console.err().println("pagepool: standard output cannot be written: " + lost);
        console.err().flush();
        return status == ExitStatus.OK.code() ? ExitStatus.LOST.code() : status;
    }

    /** The whole command line, ready to execute. */
    static CommandLine commandLine(Console console) {
        CommandLine whole = new CommandLine(new Main());
        for (Object command : List.of(
                new RunCommand(console, shippedScenarios()),
                new GupTestCommand(console),
                new VmemmapCommand(console),
                new ConformCommand(console),
                new LogCommand(),
                new ReplayCommand(console),
                new HelpCommand())) {
            CommandLine line = withHelp(command);
            if (command instanceof LogCommand) {
                LogCommand.parts(console).forEach(part -> line.addSubcommand(withHelp(part)));
            }
            whole.addSubcommand(line);
        }
        boolean colored = console.ink(ColorWhen.AUTO).on();
        return whole.setOverwrittenOptionsAllowed(true)
                .setOut(console.out())
                .setErr(console.err())
                .setColorScheme(Help.defaultColorScheme(colored ? Help.Ansi.ON : Help.Ansi.OFF))
                .registerConverter(Long.class, wholeNumber(Long::valueOf))
                .registerConverter(long.class, wholeNumber(Long::valueOf))
                .registerConverter(Integer.class, wholeNumber(Integer::valueOf))
                .registerConverter(int.class, wholeNumber(Integer::valueOf))
                .setExecutionStrategy(Main::execute)
                .setParameterExceptionHandler(Main::refuse)
                .setExecutionExceptionHandler(Main::fail);
    }

    private static CommandLine withHelp(Object command) {
        CommandLine line = new CommandLine(command);
        line.getCommandSpec().addOption(HELP);
        return line;
    }

    /** Whoever asks for stack traces gets those that are logged too; nothing has been logged before. */
    private static int execute(ParseResult parsed) {
        if (parsed.commandSpec().userObject() instanceof Main main && main.verbose) {
            System.setProperty("PAGEPOOL_TRACE", "full");
        }
        return new RunLast().execute(parsed);
    }

    /** Without a command there is nothing to do. */
    @Override
    public void run() {
        CommandLine root = spec.commandLine();
        throw new UsageException("which command? want " + String.join(" or ", Mistakes.commands(root)) + " (see "
                + Mistakes.help(root) + ")");
    }

    // ---- mistakes

    private static int refuse(ParameterException wrong, String[] args) {
        CommandLine command = wrong.getCommandLine();
        return complain(command, Mistakes.explain(wrong));
    }

    private static int complain(CommandLine command, String line) {
        PrintWriter err = command.getErr();
        err.println("pagepool: " + line);
        err.flush();
        return ExitStatus.USAGE.code();
    }

    private static <T extends Number> ITypeConverter<T> wholeNumber(ITypeConverter<T> read) {
        return text -> {
            try {
                return read.convert(text);
            } catch (NumberFormatException wrong) {
                throw new TypeConversionException("is no whole number in range; want one such as 42");
            }
        };
    }

    private static int fail(Exception failure, CommandLine command, ParseResult parsed) {
        if (failure instanceof UsageException mistake) {
            return complain(command, String.valueOf(mistake.getMessage()));
        }
        if (failure instanceof LogException wrong) {
            complain(command, String.valueOf(wrong.getMessage()));
            return (wrong.kind() == LogException.Kind.DAMAGED ? ExitStatus.DAMAGED : ExitStatus.USAGE).code();
        }
        PrintWriter err = command.getErr();
        Main main = command.getCommandSpec().root().userObject() instanceof Main root ? root : null;
        if (main != null && main.verbose) {
            err.println("pagepool: internal error: " + failure);
            failure.printStackTrace(err);
        } else {
            err.println("pagepool: internal error: " + failure + where(failure));
        }
        err.flush();
        return ExitStatus.INTERNAL.code();
    }

    /** Keeps the stack trace for whoever reports the error. */
    private static String where(Exception failure) {
        try {
            Path file = Files.createTempFile("pagepool-error-", ".log");
            try (PrintWriter to = new PrintWriter(Files.newBufferedWriter(file))) {
                failure.printStackTrace(to);
            }
            return " (stack trace in " + file + ")";
        } catch (IOException nowhere) {
            return " (again with -v for the stack trace)";
        }
    }

    // ---- scenarios

    /**
     * Where the shipped scenarios are: in a directory {@code scenarios} beside or above the program, as a user in the
     * current directory would name it.
     */
    private static Path shippedScenarios() {
        for (Path at = program(); at != null; at = at.getParent()) {
            Path candidate = at.resolve("scenarios");
            if (Files.isDirectory(candidate)) {
                return asSeenFromHere(candidate);
            }
        }
        return Path.of("demo", "scenarios");
    }

    private static @Nullable Path program() {
        try {
            var source = Main.class.getProtectionDomain().getCodeSource();
            return source == null ? null : Path.of(source.getLocation().toURI());
        } catch (URISyntaxException | IllegalArgumentException nowhere) {
            return null;
        }
    }

    private static Path asSeenFromHere(Path directory) {
        Path here = Path.of("").toAbsolutePath();
        return directory.startsWith(here) ? here.relativize(directory) : directory;
    }
}
