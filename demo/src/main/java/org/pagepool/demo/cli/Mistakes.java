package org.pagepool.demo.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, in one line of ours: the argument, what is wrong with it, what would be right. */
public final class Mistakes {
    private static final String LIBRARY_PREFIX = "^Invalid value for (?:option|positional parameter)[^:]*: ";

    private Mistakes() {}

    /** That line, without the name of the program before it. */
    public static String explain(ParameterException wrong) {
        if (wrong instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            return unmatched(
                    unmatched.getCommandLine(), unmatched.getUnmatched().get(0));
        }
        ArgSpec argument = wrong.getArgSpec();
        if (wrong instanceof MissingParameterException missing
                && !missing.getMissing().isEmpty()) {
            argument = missing.getMissing().get(0);
            return argument.isPositional()
                    ? name(argument) + ": is missing; see " + help(wrong.getCommandLine())
                    : name(argument) + ": has no value; want " + usage(argument);
        }
        String said = String.valueOf(wrong.getMessage()).lines().findFirst().orElse("");
        return argument == null
                ? said + "; see " + help(wrong.getCommandLine())
                : value(argument, wrong.getValue(), said);
    }

    /** What to read about a command. */
    public static String help(CommandLine command) {
        return command.getCommandSpec().qualifiedName() + " --help";
    }

    /** Names of the commands that do something. */
    public static List<String> commands(CommandLine any) {
        List<String> names = new ArrayList<>(root(any).getSubcommands().keySet());
        names.remove("help");
        return names;
    }

    /** No command has that name. */
    private static String unknownCommand(CommandLine any, String given) {
        List<String> known = List.copyOf(root(any).getSubcommands().keySet());
        String nearest = Nearest.to(given, known);
        return "unknown command: " + shown(given) + "; "
                + (nearest == null ? "want " + String.join(" or ", commands(any)) : "did you mean " + nearest + "?");
    }

    // ---- what is not known

    /** {@code command} knows neither a command nor an option nor an argument of that name. */
    public static String unmatched(CommandLine command, String given) {
        if (given.startsWith("-") && given.length() > 1) {
            return "unknown option: " + given + "; " + instead(command, given);
        }
        if (command.getParent() == null) {
            return unknownCommand(command, given);
        }
        return command.getSubcommands().isEmpty()
                ? "unexpected argument: " + shown(given) + "; see " + help(command)
                : unknownPart(command, given);
    }

    /** A command of a command. */
    private static String unknownPart(CommandLine command, String given) {
        List<String> known = List.copyOf(command.getSubcommands().keySet());
        String nearest = Nearest.to(given, known);
        return "unknown command: " + command.getCommandName() + " " + shown(given) + "; "
                + (nearest == null ? "want " + String.join(" or ", known) : "did you mean " + nearest + "?");
    }

    private static String instead(CommandLine command, String given) {
        int value = given.indexOf('=');
        List<String> known = command.getCommandSpec().options().stream()
                .flatMap(option -> Arrays.stream(option.names()))
                .filter(name -> name.startsWith("--"))
                .toList();
        String nearest = Nearest.to(value < 0 ? given : given.substring(0, value), known);
        return nearest == null ? "see " + help(command) : "did you mean " + nearest + "?";
    }

    // ---- what is no value

    private static String value(ArgSpec argument, @Nullable String given, String said) {
        if (argument.type().isEnum()) {
            return name(argument) + " " + shown(given) + ": no such value; " + choice(argument, given);
        }
        if (Map.class.isAssignableFrom(argument.type())) {
            return name(argument) + " " + shown(given) + ": has no =; want " + usage(argument);
        }
        if (argument.arity().max() == 0) {
            return name(argument) + ": takes no value; want " + name(argument) + " alone";
        }
        String reason = said.replaceFirst(LIBRARY_PREFIX, "");
        String own = shown(given) + ": ";
        return name(argument) + " " + own + (reason.startsWith(own) ? reason.substring(own.length()) : reason);
    }

    private static String choice(ArgSpec argument, @Nullable String given) {
        List<String> values = Arrays.stream(argument.type().getEnumConstants())
                .map(String::valueOf)
                .toList();
        String nearest = given == null ? null : Nearest.to(given, values);
        if (nearest != null) {
            return "did you mean " + nearest + "?";
        }
        int last = values.size() - 1;
        return "want " + String.join(", ", values.subList(0, last)) + " or " + values.get(last);
    }

    private static String name(ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.names()[0] : argument.paramLabel();
    }

    private static String usage(ArgSpec argument) {
        return name(argument) + " " + argument.paramLabel();
    }

    /** What was given, so that nothing can be seen too. */
    private static String shown(@Nullable String given) {
        return given == null || given.isBlank() ? "'" + (given == null ? "" : given) + "'" : given;
    }

    private static CommandLine root(CommandLine any) {
        CommandLine root = any;
        while (root.getParent() != null) {
            root = root.getParent();
        }
        return root;
    }
}
