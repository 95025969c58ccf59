package org.pagepool.demo.cli;

import java.util.List;
import org.pagepool.runtime.protocol.Protocol;
import org.pagepool.runtime.protocol.Protocol.Switch;

/** Protocols as options name them: {@code --protocol NAME} and {@code -D SWITCH=VALUE}. */
public final class Protocols {
    private static final List<String> KEYS =
            Protocol.SWITCHES.stream().map(Switch::key).toList();

    private Protocols() {}

    /** The preset of that name; a {@link UsageException} if there is none. */
    public static Protocol preset(String name) {
        Protocol preset = Protocol.preset(name);
        if (preset == null) {
            List<String> names = Protocol.PRESETS.stream().map(Protocol::name).toList();
            String nearest = Nearest.to(name, names);
            throw new UsageException("--protocol " + (name.isBlank() ? "'" + name + "'" : name) + ": no such protocol; "
                    + (nearest == null ? "want " + String.join(" or ", names) : "did you mean " + nearest + "?"));
        }
        return preset;
    }

    /** {@code base} with the switch set that {@code setting} names; a {@link UsageException} if it names none. */
    public static Protocol with(Protocol base, String setting) {
        int sign = setting.indexOf('=');
        String key = sign < 0 ? setting : setting.substring(0, sign);
        Switch known = known(setting, key);
        if (sign < 0) {
            throw new UsageException("-D " + setting + ": sets no value; want -D " + key + "=" + choices(known));
        }
        return with(base, "-D " + setting, known, setting.substring(sign + 1));
    }

    /** {@code base} with one switch set; {@code argument} is what the user wrote. */
    public static Protocol with(Protocol base, String argument, Switch known, String value) {
        if (known.values().contains(value)) {
            return base.with(known.key(), value);
        }
        String nearest = Nearest.to(value, known.values());
        throw new UsageException(argument + ": no such value; "
                + (nearest == null ? "want " + choices(known) : "did you mean " + nearest + "?"));
    }

    /** The switch of that key. */
    public static Switch known(String setting, String key) {
        return Protocol.SWITCHES.stream()
                .filter(s -> s.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new UsageException("-D " + setting + ": no such switch; " + instead(key)));
    }

    private static String instead(String key) {
        String nearest = Nearest.to(key, KEYS);
        if (nearest != null) {
            return "did you mean " + nearest + "?";
        }
        String area = key.contains(".") ? key.substring(0, key.indexOf('.') + 1) : "";
        List<String> near = area.isEmpty()
                ? List.of()
                : KEYS.stream().filter(k -> k.startsWith(area)).toList();
        return near.isEmpty()
                ? "the switches are those that a run prints after its protocol, such as " + KEYS.get(0)
                : "want " + String.join(" or ", near);
    }

    private static String choices(Switch known) {
        return String.join(" or ", known.values());
    }
}
