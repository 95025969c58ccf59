package org.pagepool.persistence.codec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what {@link JsonOut} has written, by name. Nothing may be missing, and nothing left over. */
final class JsonIn implements In {
    static final String IS = "is";
    static final String VERSION = "v";

    private final Codecs codecs;
    private final Map<String, @Nullable Object> left;

    JsonIn(Codecs codecs, Map<String, ? extends @Nullable Object> object) {
        this.codecs = codecs;
        this.left = new HashMap<>(object);
    }

    /** What those fields are, as that form. */
    <T> T all(Part<T> part) {
        T value = part.get().get(this);
        if (!left.isEmpty()) {
            throw new MalformedException(
                    "unknown field: " + left.keySet().iterator().next());
        }
        return value;
    }

    private @Nullable Object take(String name) {
        if (!left.containsKey(name)) {
            throw new MalformedException(name + " is missing");
        }
        return left.remove(name);
    }

    private static <T> T as(String name, Class<T> type, String want, @Nullable Object value) {
        if (!type.isInstance(value)) {
            throw new MalformedException(name + " is no " + want + ": " + shown(value));
        }
        return type.cast(value);
    }

    private static String shown(@Nullable Object value) {
        String text = String.valueOf(value);
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }

    @Override
    public String text(String name) {
        return as(name, String.class, "text", take(name));
    }

    @Override
    public @Nullable String textOrNull(String name) {
        Object value = take(name);
        return value == null ? null : as(name, String.class, "text", value);
    }

    @Override
    public long number(String name) {
        return as(name, Long.class, "whole number", take(name));
    }

    @Override
    public long nanos(String name) {
        return number(name);
    }

    @Override
    public boolean flag(String name) {
        return as(name, Boolean.class, "true or false", take(name));
    }

    @Override
    public <E extends Enum<E>> E one(String name, EnumCodes<E> codes) {
        return codes.constant(text(name));
    }

    @Override
    public <E extends Enum<E>> @Nullable E oneOrNull(String name, EnumCodes<E> codes) {
        String label = textOrNull(name);
        return label == null ? null : codes.constant(label);
    }

    @Override
    public <E extends Enum<E>> List<E> all(String name, EnumCodes<E> codes) {
        return texts(name).stream().map(codes::constant).toList();
    }

    @Override
    public List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (Object value : as(name, List.class, "list", take(name))) {
            texts.add(as(name, String.class, "list of texts", value));
        }
        return List.copyOf(texts);
    }

    @Override
    public <T> List<T> list(String name, Part<T> part) {
        List<T> values = new ArrayList<>();
        for (Object value : as(name, List.class, "list", take(name))) {
            values.add(inner(name, value).all(part));
        }
        return List.copyOf(values);
    }

    @Override
    public <T> T part(String name, Part<T> part) {
        return inner(name, take(name)).all(part);
    }

    @Override
    public <T> @Nullable T partOrNull(String name, Part<T> part) {
        Object value = take(name);
        return value == null ? null : inner(name, value).all(part);
    }

    @Override
    public <T> T record(String name, Class<T> type) {
        return inner(name, take(name)).record(type);
    }

    /** A record that says which it is. */
    <T> T record(Class<T> type) {
        String code = text(IS);
        int version = left.containsKey(VERSION) ? integer(VERSION) : 1;
        return readAs(codecs.of(code, version, type));
    }

    private <T> T readAs(Codec<T> codec) {
        return all(codec.part());
    }

    @SuppressWarnings("unchecked")
    private JsonIn inner(String name, @Nullable Object value) {
        return new JsonIn(codecs, (Map<String, @Nullable Object>) as(name, Map.class, "object", value));
    }
}
