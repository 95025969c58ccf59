package org.pagepool.demo.scenario;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pagepool.demo.cli.Nearest;
import org.pagepool.runtime.protocol.Protocol;

/**
 * Reads a protocol: the name of a preset, or an object with {@code preset} and switches. A switch may be written as one
 * quoted key or as nested objects; both mean the same.
 */
final class ProtocolReader {
    private static final String PRESET = "preset";

    private ProtocolReader() {}

    static Protocol read(Node node) {
        if (!node.isObject()) {
            return preset(node);
        }
        Map<String, Node> written = new LinkedHashMap<>();
        flatten(node, "", written);
        Node named = written.remove(PRESET);
        Protocol protocol = named == null ? Protocol.PAGEPOOL : preset(named);
        List<String> keys = keys();
        for (Map.Entry<String, Node> entry : written.entrySet()) {
            if (!keys.contains(entry.getKey())) {
                throw entry.getValue()
                        .misplaced("unknown switch", Nearest.suggestion(entry.getKey(), keys, "known switches"));
            }
        }
        // In the order of the switches, so that equal protocols have equal names.
        for (Protocol.Switch each : Protocol.SWITCHES) {
            Node value = written.get(each.key());
            if (value != null) {
                protocol = protocol.with(each.key(), checked(value, each));
            }
        }
        String nonsense = protocol.nonsense();
        if (nonsense != null) {
            throw node.wrong("makes no sense", nonsense);
        }
        return protocol;
    }

    private static Protocol preset(Node node) {
        String name = node.text();
        Protocol preset = Protocol.preset(name);
        if (preset == null) {
            List<String> names = Protocol.PRESETS.stream().map(Protocol::name).toList();
            throw node.wrong("unknown preset", Nearest.suggestion(name, names, "presets"));
        }
        return preset;
    }

    private static String checked(Node node, Protocol.Switch each) {
        String value = node.text();
        if (!each.values().contains(value)) {
            throw node.wrong("is no value of this switch", "want " + String.join(" or ", each.values()));
        }
        return value;
    }

    private static List<String> keys() {
        List<String> keys = new ArrayList<>();
        keys.add(PRESET);
        Protocol.SWITCHES.forEach(each -> keys.add(each.key()));
        return keys;
    }

    private static void flatten(Node node, String prefix, Map<String, Node> into) {
        for (Node entry : node.entries()) {
            if (entry.isObject()) {
                flatten(entry, prefix + entry.name() + ".", into);
            } else {
                into.put(prefix + entry.name(), entry);
            }
        }
    }
}
