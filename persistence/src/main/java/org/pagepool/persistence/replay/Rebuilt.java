package org.pagepool.persistence.replay;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pagepool.persistence.codec.Records;
import org.pagepool.persistence.log.LogRow;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.event.Recorded;
import org.pagepool.runtime.journal.Batch;
import org.pagepool.runtime.journal.Receipt;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.record.PageRecord;
import org.pagepool.runtime.record.PageRecords;
import org.pagepool.runtime.section.HolderLedger;
import org.pagepool.runtime.section.SectionLedger;
import org.pagepool.runtime.section.WalkRefs;

/**
 * The pool as its events say it was, after so many of them: the same {@code apply} as in the actors, section by section. Memory is
 * bounded by what is held and remembered; what was remembered of holders that hold nothing is dropped when it becomes too much.
 * For one thread.
 */
public final class Rebuilt {
    private static final int HOLDERS_REMEMBERED_MAX = 4096;

    /** How far a device is. */
    public enum Phase {
        /** Mapped. */
        LIVE,
        /** Killed, and not yet drained. */
        DYING,
        /** Nothing refers to it. */
        DRAINED,
        /** Cleaned up. */
        RELEASED
    }

    /**
     * What a section keeps.
     *
     * @param ledger who holds what
     * @param records what is known of pages
     * @param walks references of walks under way
     */
    public record Part(SectionLedger ledger, PageRecords records, WalkRefs walks) {
        static Part of(PgmapSpec spec) {
            return new Part(SectionLedger.empty(spec.geometry()), PageRecords.empty(spec), WalkRefs.none(spec));
        }

        Part apply(Event event, long atNanos) {
            return new Part(forgetting(ledger.apply(event, atNanos)), records.apply(event), walks.apply(event));
        }

        private static SectionLedger forgetting(SectionLedger ledger) {
            if (ledger.holders().size() <= HOLDERS_REMEMBERED_MAX) {
                return ledger;
            }
            SectionLedger left = ledger;
            for (Map.Entry<String, HolderLedger> account : ledger.holders().entrySet()) {
                if (account.getValue().idle()) {
                    left = left.forget(account.getKey());
                }
            }
            return left;
        }
    }

    /** A device. */
    public static final class Device {
        private final PgmapSpec spec;
        private final Map<Integer, Part> parts = new TreeMap<>();
        private Phase phase = Phase.LIVE;
        private List<Holding> heldAtCleanup = List.of();

        Device(PgmapSpec spec) {
            this.spec = spec;
        }

        /** What it is. */
        public PgmapSpec spec() {
            return spec;
        }

        /** How far it is. */
        public Phase phase() {
            return phase;
        }

        /** Its sections, those that something happened in. */
        public Map<Integer, Part> parts() {
            return Collections.unmodifiableMap(parts);
        }

        /** Who held something when it was cleaned up: nobody, if the protocol is any good. */
        public List<Holding> heldAtCleanup() {
            return heldAtCleanup;
        }

        /** Who holds something now, by name. */
        public List<Holding> holdings() {
            Map<String, Holding> all = new TreeMap<>();
            for (Part part : parts.values()) {
                for (Holding holding : part.ledger.holdings()) {
                    all.merge(holding.holder(), holding, Holding::plus);
                }
            }
            return List.copyOf(all.values());
        }

        /** Who holds references on the head of that page, by name. */
        public List<String> holdersOf(long pfn) {
            Part part = parts.get(spec.sectionOf(pfn));
            return part == null
                    ? List.of()
                    : part.ledger.holdersOf(spec.geometry().headOf(pfn));
        }

        /** What is known of the head of that page. */
        public PageRecord record(long pfn) {
            Part part = parts.get(spec.sectionOf(pfn));
            return part == null
                    ? PageRecord.BLANK
                    : part.records.of(spec.geometry().headOf(pfn));
        }
    }

    private record Place(String pgmap, int section) {}

    private final Map<String, Device> devices = new LinkedHashMap<>();
    private final Map<String, Place> owners = new HashMap<>();
    private @Nullable String owner;
    private @Nullable LogRow begun;
    private long events;

    /** A row begins. What it says was answered counts from its first event on, or at once if it has none. */
    public void row(LogRow row) {
        begun = row;
        if (row.batch().entries().isEmpty()) {
            begin();
        }
    }

    private void begin() {
        LogRow row = begun;
        if (row == null) {
            return;
        }
        begun = null;
        owner = row.owner();
        Batch batch = row.batch();
        Place place = owners.get(row.owner());
        if (batch.receipts().isEmpty() || place == null) {
            return;
        }
        Device device = devices.get(place.pgmap);
        Part part = device == null ? null : device.parts.get(place.section);
        if (device == null || part == null) {
            return;
        }
        SectionLedger ledger = part.ledger;
        for (Receipt receipt : batch.receipts()) {
            if (!receipt.isGone()) {
                ledger = ledger.answered(receipt.holder(), receipt.sequence(), receipt.floor(), receipt.answer());
            } else if (ledger.of(receipt.holder()).idle()) {
                ledger = ledger.forget(receipt.holder());
            }
        }
        device.parts.put(place.section, new Part(ledger, part.records, part.walks));
    }

    /**
     * The next event.
     *
     * @throws IllegalStateException if it cannot have happened after those before it; then it is left out
     */
    public void apply(Recorded recorded) {
        begin();
        events++;
        Event event = recorded.event();
        if (event instanceof Event.Mapped mapped) {
            devices.put(mapped.pgmap(), new Device(mapped.spec()));
            return;
        }
        Device device = devices.get(event.pgmap());
        if (device == null) {
            return;
        }
        if (event instanceof Event.Killed) {
            device.phase = Phase.DYING;
        } else if (event instanceof Event.Drained) {
            device.phase = Phase.DRAINED;
        } else if (event instanceof Event.CleanedUp) {
            device.heldAtCleanup = device.holdings();
            device.phase = Phase.RELEASED;
            device.parts.clear();
        } else {
            inSection(recorded, device);
        }
    }

    private void inSection(Recorded recorded, Device device) {
        int section = sectionOf(recorded.event());
        if (section < 0 || device.phase == Phase.RELEASED) {
            return;
        }
        String id = owner;
        if (id != null) {
            owners.put(id, new Place(device.spec.id(), section));
        }
        Part before = device.parts.get(section);
        Part part = before == null ? Part.of(device.spec) : before;
        device.parts.put(section, part.apply(recorded.event(), recorded.atNanos()));
    }

    /** The section whose ledger and records an event is about, or -1. */
    private static int sectionOf(Event event) {
        if (event instanceof Event.Grabbed e) {
            return e.section();
        }
        if (event instanceof Event.Released e) {
            return e.section();
        }
        if (event instanceof Event.WalkEnded e) {
            return e.section();
        }
        if (event instanceof Event.Freed e) {
            return e.section();
        }
        if (event instanceof Event.Tied e) {
            return e.section();
        }
        if (event instanceof Event.Untied e) {
            return e.section();
        }
        if (event instanceof Event.Poisoned e) {
            return e.section();
        }
        if (event instanceof Event.SectionStarted e) {
            return e.section();
        }
        return event instanceof Event.Dirtied e ? e.section() : -1;
    }

    /** Every device of the history, the last of each name. */
    public Collection<Device> devices() {
        return Collections.unmodifiableCollection(devices.values());
    }

    /** The device of that name, or null. */
    public @Nullable Device device(String id) {
        return devices.get(id);
    }

    /** Events applied. */
    public long events() {
        return events;
    }

    /** What is different there, in lines: device, section, who or which page, here and there. */
    public List<String> differences(Rebuilt there) {
        List<String> lines = new ArrayList<>();
        Map<String, Device> all = new TreeMap<>(devices);
        all.putAll(there.devices);
        for (String id : all.keySet()) {
            Device mine = devices.get(id);
            Device other = there.devices.get(id);
            if (mine == null || other == null) {
                lines.add(id + ": " + (mine == null ? "never mapped" : mine.phase) + " | "
                        + (other == null ? "never mapped" : other.phase));
            } else {
                differences(id, mine, other, lines);
            }
        }
        return lines;
    }

    private static void differences(String id, Device mine, Device other, List<String> lines) {
        if (!mine.spec.equals(other.spec)) {
            lines.add(id + ": mapped differently: protocol "
                    + mine.spec.protocol().name() + " | "
                    + other.spec.protocol().name());
        }
        if (mine.phase != other.phase) {
            lines.add(id + ": " + mine.phase + " | " + other.phase);
        }
        Map<Integer, Part> sections = new TreeMap<>(mine.parts);
        sections.putAll(other.parts);
        for (int section : sections.keySet()) {
            Part here = mine.parts.getOrDefault(section, Part.of(mine.spec));
            Part there = other.parts.getOrDefault(section, Part.of(other.spec));
            String place = id + ": section " + section + ": ";
            Map<String, HolderLedger> holders = new TreeMap<>(here.ledger.holders());
            holders.putAll(there.ledger.holders());
            for (String holder : holders.keySet()) {
                String held = held(here.ledger.of(holder));
                String heldThere = held(there.ledger.of(holder));
                if (!held.equals(heldThere)) {
                    lines.add(place + holder + " holds " + held + " | " + heldThere);
                }
            }
            if (!here.records.byHead().equals(there.records.byHead())
                    || !here.records.rows().equals(there.records.rows())) {
                lines.add(place + "records of " + here.records.byHead().size() + " heads and "
                        + here.records.rows().size() + " rows | "
                        + there.records.byHead().size() + " and "
                        + there.records.rows().size());
            }
            if (here.walks.total() != there.walks.total()) {
                lines.add(place + "walks keep " + here.walks.total() + " | " + there.walks.total());
            }
        }
    }

    private static String held(HolderLedger account) {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(account.held()).forEach((sequence, held) -> {
            text.append(text.isEmpty() ? "" : ", ")
                    .append('#')
                    .append(sequence)
                    .append(' ')
                    .append(held.kind());
            for (Run run : held.runs()) {
                text.append(' ').append(run);
            }
        });
        return text.isEmpty() ? "nothing" : text.toString();
    }

    // ---- as bytes, for checkpoints

    /** Writes all of it. */
    void write(DataOutputStream out) throws IOException {
        out.writeLong(events);
        out.writeInt(devices.size());
        for (Device device : devices.values()) {
            record(out, device.spec);
            out.writeUTF(device.phase.name());
            record(out, new Event.CloseRefused(device.spec.id(), device.heldAtCleanup));
            out.writeInt(device.parts.size());
            for (Map.Entry<Integer, Part> part : device.parts.entrySet()) {
                out.writeInt(part.getKey());
                record(out, part.getValue().ledger);
                record(out, part.getValue().records);
                record(out, part.getValue().walks);
            }
        }
        out.writeInt(owners.size());
        for (Map.Entry<String, Place> place : owners.entrySet()) {
            out.writeUTF(place.getKey());
            out.writeUTF(place.getValue().pgmap);
            out.writeInt(place.getValue().section);
        }
    }

    private static void record(DataOutputStream out, Object record) throws IOException {
        byte[] bytes = Records.write(record);
        out.writeUTF(Records.manifest(record));
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** Reads what {@link #write} has written; its checksum was right. */
    static Rebuilt read(DataInputStream in) throws IOException {
        Rebuilt rebuilt = new Rebuilt();
        rebuilt.events = in.readLong();
        for (int left = in.readInt(); left > 0; left--) {
            Device device = new Device((PgmapSpec) record(in));
            device.phase = Phase.valueOf(in.readUTF());
            device.heldAtCleanup = ((Event.CloseRefused) record(in)).holders();
            for (int parts = in.readInt(); parts > 0; parts--) {
                device.parts.put(in.readInt(), new Part((SectionLedger) record(in), (PageRecords) record(in), (WalkRefs)
                        record(in)));
            }
            rebuilt.devices.put(device.spec.id(), device);
        }
        for (int left = in.readInt(); left > 0; left--) {
            rebuilt.owners.put(in.readUTF(), new Place(in.readUTF(), in.readInt()));
        }
        return rebuilt;
    }

    private static Object record(DataInputStream in) throws IOException {
        String manifest = in.readUTF();
        byte[] bytes = in.readNBytes(in.readInt());
        return Records.read(manifest, bytes);
    }
}
