package org.pagepool.demo.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.pagepool.demo.cli.Nearest;

/**
 * Compares what is written with the format, key by key: unknown keys, wrong types, wrong units. Of all that is wrong it
 * reports what comes first in the file.
 */
final class FormatCheck {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

    private record Problem(Places.Place place, ScenarioException exception) {}

    private final List<Problem> problems = new ArrayList<>();

    private FormatCheck() {}

    static void check(Node root) {
        FormatCheck check = new FormatCheck();
        check.fields(root);
        Problem first = null;
        for (Problem problem : check.problems) {
            first = first == null || problem.place().compareTo(first.place()) < 0 ? problem : first;
        }
        if (first != null) {
            throw first.exception();
        }
    }

    private void fields(Node node) {
        if (!node.isObject()) {
            report(node, node.wrong("is " + type(node), "want an object"));
            return;
        }
        List<String> known = node.key().names();
        for (Node written : node.entries()) {
            if (known.contains(written.name())) {
                guarded(node.child(written.name()));
            } else {
                report(
                        written,
                        written.misplaced("unknown key", Nearest.suggestion(written.name(), known, "known keys")));
            }
        }
    }

    /** A value may be wrong in a way that only its own reader sees. */
    private void guarded(Node node) {
        try {
            value(node);
        } catch (ScenarioException e) {
            report(node, e);
        }
    }

    private void value(Node node) {
        switch (node.key().kind()) {
            case OBJECT -> fields(node);
            case NAMED, LIST -> entries(node);
            case WORDS -> words(node);
            case ROW -> node.row();
            case SIZES, HOLDS -> {
                if (node.isObject()) {
                    fields(node);
                } else {
                    WalkerReader.checkSingle(node);
                }
            }
            case PROTOCOL -> ProtocolReader.read(node);
            case TEXT, NAME -> node.text();
            case COUNT -> node.count();
            case BOOLEAN -> node.bool();
            case CHOICE -> node.word();
            case SIZE -> node.size();
            case ADDRESS -> node.address();
            case PFN -> node.pfn();
            case DURATION -> node.duration();
            case MOMENT -> node.moment();
            case OVERLAY -> throw new IllegalStateException("variants are taken apart before: path=" + node.path());
        }
    }

    private void entries(Node node) {
        boolean list = node.key().kind() == Kind.LIST;
        if (list ? !node.isList() : !node.isObject()) {
            throw node.wrong("is " + type(node), "want " + node.key().wanted());
        }
        List<Node> entries = node.entries();
        if (entries.size() > ScenarioKeys.ENTRIES_MAX) {
            throw node.wrong("has " + entries.size() + " entries", "want at most " + ScenarioKeys.ENTRIES_MAX);
        }
        for (Node entry : entries) {
            if (!list && !NAME.matcher(entry.name()).matches()) {
                report(entry, entry.misplaced("is no name", "want up to 64 letters, digits, dashes and underscores"));
            }
            fields(entry);
        }
    }

    private void words(Node node) {
        if (!node.isList()) {
            throw node.wrong("is " + type(node), "want " + node.key().wanted());
        }
        List<Node> entries = node.entries();
        if (entries.size() > ScenarioKeys.ENTRIES_MAX) {
            throw node.wrong("has " + entries.size() + " entries", "want at most " + ScenarioKeys.ENTRIES_MAX);
        }
        entries.forEach(this::guarded);
    }

    private void report(Node node, ScenarioException exception) {
        problems.add(new Problem(node.place(), exception));
    }

    private static String type(Node node) {
        return node.isObject() ? "an object" : node.isList() ? "a list" : "a single value";
    }
}
