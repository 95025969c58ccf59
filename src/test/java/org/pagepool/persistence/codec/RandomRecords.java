package org.pagepool.persistence.codec;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.journal.Receipt;
import org.pagepool.runtime.page.BasePage;
import org.pagepool.runtime.page.Geometry;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** Any event, with anything in it that its record accepts: a new one needs nothing here. */
public final class RandomRecords {
    private static final List<String> NAMES =
            List.of("pmem0", "pmem1", "w7", "w8~2", "vm1", "hog", "", "fs/\u00e4\u2192\ud83d\ude00");

    private final Random random;

    /** Draws from there. */
    public RandomRecords(Random random) {
        this.random = random;
    }

    /** A batch of few events. */
    public Batch batch() {
        List<Batch.Entry> entries = new ArrayList<>();
        long at = random.nextBoolean() ? 1_763_740_800_000_000_000L : random.nextLong();
        for (int i = random.nextInt(6); i > 0; i--) {
            entries.add(new Batch.Entry(at, event()));
            at += random.nextInt(5) == 0 ? random.nextLong() : random.nextInt(100_000);
        }
        List<Receipt> receipts = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            receipts.add(record(Receipt.class));
        }
        return new Batch(entries, receipts);
    }

    /** An event. */
    public Event event() {
        Class<?>[] kinds = Event.class.getPermittedSubclasses();
        return (Event) record(kinds[random.nextInt(kinds.length)]);
    }

    private <T> T record(Class<T> type) {
        if (type == Run.class) {
            return type.cast(new Run(number() & Long.MAX_VALUE, 1 + random.nextInt(512), positive()));
        }
        if (type == PgmapSpec.class) {
            return type.cast(spec());
        }
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < values.length; i++) {
            types[i] = components[i].getType();
            boolean nullable = components[i].getAnnotatedType().getAnnotations().length > 0;
            values[i] = nullable && random.nextBoolean() ? null : value(components[i].getGenericType());
        }
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException wrong) {
            throw new LinkageError(type + " cannot be made up", wrong);
        }
    }

    private Object value(Type type) {
        if (type == String.class) {
            return NAMES.get(random.nextInt(NAMES.size()));
        }
        if (type == long.class) {
            return number();
        }
        if (type == int.class) {
            return random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(300);
        }
        if (type == boolean.class) {
            return random.nextBoolean();
        }
        if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            List<Object> values = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                values.add(value(list.getActualTypeArguments()[0]));
            }
            return List.copyOf(values);
        }
        Class<?> other = (Class<?>) type;
        if (other.isEnum()) {
            Object[] constants = Objects.requireNonNull(other.getEnumConstants());
            return constants[random.nextInt(constants.length)];
        }
        return record(other);
    }

    private PgmapSpec spec() {
        Protocol protocol = Protocol.PRESETS.get(random.nextInt(Protocol.PRESETS.size()));
        return new PgmapSpec(
                "pmem" + random.nextInt(3),
                (MemoryType) value(MemoryType.class),
                List.of(new PfnRange(random.nextInt(100) * 512L, 512L * (1 + random.nextInt(100)))),
                new Geometry(random.nextBoolean() ? 0 : 9),
                (BasePage) value(BasePage.class),
                random.nextBoolean() ? protocol : protocol.with("gup.recheck", String.valueOf(random.nextBoolean())));
    }

    private int positive() {
        return random.nextInt(4) == 0 ? 1 + (random.nextInt() >>> 1 & 0x7ffffffe) : 1 + random.nextInt(600);
    }

    private long number() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextInt();
            default -> random.nextInt(10_000) - 1L;
        };
    }
}
