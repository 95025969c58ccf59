package org.pagepool.persistence.codec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of all forms: what is not in it is neither written nor read. The last version of a code is the one that is written;
 * all are read.
 */
public final class Codecs {
    /** All that this program knows. */
    public static final Codecs ALL = new Codecs(known());

    private final List<Codec<?>> table;
    private final Map<String, Codec<?>> byManifest = new HashMap<>();
    private final Map<Class<?>, Codec<?>> newest = new HashMap<>();
    private final Map<Integer, Codec<?>> byNumber = new HashMap<>();

    /** These; versions of one code in ascending order. */
    Codecs(List<Codec<?>> table) {
        this.table = List.copyOf(table);
        for (Codec<?> codec : table) {
            Codec<?> older = newest.put(codec.type(), codec);
            boolean inOrder = older == null
                    ? codec.version() == 1
                    : codec.code().equals(older.code()) && codec.version() == older.version() + 1;
            if (!inOrder
                    || byManifest.put(codec.manifest(), codec) != null
                    || byNumber.put(codec.number(), codec) != null) {
                throw new IllegalArgumentException(
                        "used twice or out of order: number=" + codec.number() + " manifest=" + codec.manifest());
            }
        }
    }

    private static List<Codec<?>> known() {
        List<Codec<?>> all = new ArrayList<>(EventCodecs.ALL);
        all.addAll(StateCodecs.ALL);
        return all;
    }

    /** Every form. */
    public List<Codec<?>> table() {
        return table;
    }

    /** The numbers of every constant that is stored. */
    public static List<EnumCodes<?>> enums() {
        return EnumTables.ALL;
    }

    /**
     * The form in which that value is written.
     *
     * @throws IllegalArgumentException if it is none of the records that are stored
     */
    @SuppressWarnings("unchecked")
    public <T> Codec<T> of(T value) {
        Codec<?> codec = newest.get(value.getClass());
        if (codec == null) {
            throw new IllegalArgumentException(
                    "not a record that is stored: " + value.getClass().getName());
        }
        return (Codec<T>) codec;
    }

    /** The form of that manifest. */
    Codec<?> of(String manifest) {
        Codec<?> codec = byManifest.get(manifest);
        if (codec == null) {
            throw new MalformedException("unknown manifest: " + shown(manifest) + newerThan(manifest));
        }
        return codec;
    }

    /** The form of that code and version, which must be of that type. */
    <T> Codec<? extends T> of(String code, int version, Class<T> type) {
        return checked(of(code + ":" + version), type);
    }

    @SuppressWarnings("unchecked")
    <T> Codec<? extends T> checked(Codec<?> codec, Class<T> type) {
        if (!type.isAssignableFrom(codec.type())) {
            throw new MalformedException("a " + codec.code() + " where a " + type.getSimpleName() + " belongs");
        }
        return (Codec<? extends T>) codec;
    }

    /** Says which version is the newest, where a manifest names a newer one. */
    private String newerThan(String manifest) {
        int colon = manifest.lastIndexOf(':');
        @Nullable Codec<?> last = null;
        for (Codec<?> codec : table) {
            if (colon > 0 && codec.code().equals(manifest.substring(0, colon))) {
                last = codec;
            }
        }
        return last == null ? "" : "; this program knows " + last.code() + " up to version " + last.version();
    }

    private static String shown(String manifest) {
        return manifest.length() <= 40 ? manifest : manifest.substring(0, 40) + "...";
    }
}
