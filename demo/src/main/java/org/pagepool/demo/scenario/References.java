package org.pagepool.demo.scenario;

import java.util.List;
import java.util.function.Function;
import org.pagepool.demo.cli.Nearest;

/** Names that stand for something else in the scenario. */
final class References {
    private References() {}

    /** What {@code node} names; without a name, the only one there is. */
    static <T> T find(Node node, List<T> all, Function<T, String> name, String noun) {
        if (!node.given() && all.size() == 1) {
            return all.get(0);
        }
        List<String> names = all.stream().map(name).toList();
        if (!node.given()) {
            throw node.misplaced(
                    "missing",
                    names.isEmpty() ? "there are no " + noun + "s" : "want one of " + String.join(", ", names));
        }
        int index = names.indexOf(node.text());
        if (index < 0) {
            throw node.wrong("no such " + noun, Nearest.suggestion(node.text(), names, noun + "s"));
        }
        return all.get(index);
    }
}
