package org.pagepool.demo.scenario;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.pagepool.runtime.page.PfnRange;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.protocol.Protocol;

/** Writes a scenario with nothing left to a default, as JSON that is a scenario file itself. One value on each line. */
final class ScenarioWriter {
    private final JsonGenerator json;
    private final Scenario scenario;

    private ScenarioWriter(JsonGenerator json, Scenario scenario) {
        this.json = json;
        this.scenario = scenario;
    }

    static String write(Scenario scenario) {
        StringWriter text = new StringWriter();
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.setPrettyPrinter(
                    new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines));
            new ScenarioWriter(json, scenario).all();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to memory", e);
        }
        return text + "\n";
    }

    private void all() throws IOException {
        json.writeStartObject();
        json.writeStringField("name", scenario.label());
        json.writeStringField("description", scenario.description());
        words("shows", scenario.shows());
        words("expect", scenario.expect().stream().map(Enum::name).toList());
        if (scenario.seed().isPresent()) {
            json.writeNumberField("seed", scenario.seed().getAsLong());
        }
        json.writeStringField("base-page", scenario.basePage().label());
        protocol(scenario.protocol());
        devices();
        files();
        spaces();
        walkers();
        timeline();
        limits();
        time("settle", scenario.settle());
        json.writeObjectFieldStart("heads");
        json.writeStringField("hosting", scenario.hosting().label());
        time("idle-timeout", scenario.headIdleTimeout());
        json.writeEndObject();
        json.writeEndObject();
    }

    private void protocol(Protocol protocol) throws IOException {
        json.writeObjectFieldStart("protocol");
        int switched = protocol.name().indexOf('+');
        json.writeStringField(
                "preset", switched < 0 ? protocol.name() : protocol.name().substring(0, switched));
        for (Map.Entry<String, String> entry : protocol.resolved().entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    private void devices() throws IOException {
        json.writeObjectFieldStart("devices");
        for (PgmapSpec device : scenario.devices()) {
            json.writeObjectFieldStart(device.id());
            json.writeStringField("type", device.type().label());
            pages("geometry", device.geometry().pages());
            if (device.ranges().size() == 1) {
                range(device.ranges().get(0));
            } else {
                json.writeArrayFieldStart("ranges");
                for (PfnRange range : device.ranges()) {
                    json.writeStartObject();
                    range(range);
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
            protocol(device.protocol());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void range(PfnRange range) throws IOException {
        json.writeStringField("first-pfn", "0x" + Long.toHexString(range.first()));
        pages("size", range.pages());
    }

    private void files() throws IOException {
        json.writeObjectFieldStart("files");
        for (FileSpec file : scenario.files()) {
            json.writeObjectFieldStart(file.id());
            json.writeStringField("device", file.device());
            pages("size", file.pages());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void spaces() throws IOException {
        json.writeObjectFieldStart("address-spaces");
        for (SpaceSpec space : scenario.spaces()) {
            json.writeObjectFieldStart(space.id());
            json.writeObjectFieldStart("map");
            for (MappingSpec map : space.maps()) {
                json.writeObjectFieldStart(map.id());
                json.writeStringField("device", map.device());
                if (map.file().isPresent()) {
                    json.writeStringField("file", map.file().get());
                }
                pages("offset", map.deviceOffset());
                pages("size", map.pages());
                pages("at", map.firstVpn());
                json.writeStringField("entry", map.entry().label());
                json.writeBooleanField("writable", map.writable());
                json.writeBooleanField("populate", map.populate());
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void walkers() throws IOException {
        json.writeObjectFieldStart("walkers");
        for (WalkerSpec group : scenario.walkers()) {
            json.writeObjectFieldStart(group.id());
            walker(group);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void walker(WalkerSpec group) throws IOException {
        json.writeNumberField("count", group.count());
        json.writeStringField("space", group.space());
        if (group.map().isPresent()) {
            json.writeStringField("map", group.map().get());
        }
        json.writeStringField("mode", group.mode().label());
        json.writeBooleanField("write", group.write());
        json.writeBooleanField("pci-p2pdma", group.pciP2pdma());
        json.writeStringField("pattern", group.pattern().label());
        pages("stride", group.stridePages());
        size(group.size());
        hold(group.hold());
        time("think", group.think());
        json.writeNumberField("pins-in-flight", group.pinsInFlight());
        time("start-at", group.startAt());
        json.writeBooleanField("partial-unpin", group.partialUnpin());
        json.writeBooleanField("fast-only", group.fastOnly());
        if (group.walks() > 0) {
            json.writeNumberField("walks", group.walks());
        }
        json.writeBooleanField("late", group.late());
    }

    private void size(SizeDistribution size) throws IOException {
        if (size.shape() == SizeDistribution.Shape.FIXED) {
            pages("size", size.minPages());
            return;
        }
        json.writeObjectFieldStart("size");
        json.writeStringField("distribution", size.shape().label());
        pages("min", size.minPages());
        pages("max", size.maxPages());
        json.writeEndObject();
    }

    private void hold(HoldDistribution hold) throws IOException {
        switch (hold.shape()) {
            case FOREVER -> json.writeStringField("hold", hold.shape().label());
            case FIXED -> time("hold", hold.min());
            case UNIFORM, EXPONENTIAL -> {
                json.writeObjectFieldStart("hold");
                json.writeStringField("distribution", hold.shape().label());
                time(hold.shape() == HoldDistribution.Shape.UNIFORM ? "min" : "mean", lower(hold));
                time("max", hold.max());
                json.writeEndObject();
            }
        }
    }

    private static Duration lower(HoldDistribution hold) {
        return hold.shape() == HoldDistribution.Shape.UNIFORM ? hold.min() : hold.mean();
    }

    private void timeline() throws IOException {
        json.writeArrayFieldStart("timeline");
        for (TimelineEntry entry : scenario.timeline()) {
            json.writeStartObject();
            json.writeStringField("at", entry.at().label());
            json.writeStringField("do", entry.action());
            entry(entry);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void entry(TimelineEntry entry) throws IOException {
        if (entry instanceof TimelineEntry.Kill kill) {
            json.writeStringField("device", kill.device());
            json.writeStringField("verb", Key.label(kill.verb()));
            if (kill.deadline().isPresent()) {
                time("deadline", kill.deadline().get());
            }
            json.writeStringField("reason", kill.reason());
        } else if (entry instanceof TimelineEntry.KillWalker kill) {
            json.writeStringField("walker", kill.walker());
        } else if (entry instanceof TimelineEntry.Zap zap) {
            range(zap.space(), zap.firstVpn(), zap.pages());
        } else if (entry instanceof TimelineEntry.Watch watch) {
            range(watch.space(), watch.firstVpn(), watch.pages());
        } else if (entry instanceof TimelineEntry.Poison poison) {
            json.writeStringField("device", poison.device());
            pages("offset", poison.offset());
        } else if (entry instanceof TimelineEntry.Cut cut) {
            cut(cut);
        } else if (entry instanceof TimelineEntry.Request request) {
            folios(request.device(), request.count());
            if (request.offset() >= 0) {
                pages("offset", request.offset());
            }
            if (request.order() >= 0) {
                json.writeNumberField("order", request.order());
            }
        } else if (entry instanceof TimelineEntry.Free free) {
            folios(free.device(), free.count());
        } else if (entry instanceof TimelineEntry.Touch touch) {
            folios(touch.device(), touch.count());
        } else if (entry instanceof TimelineEntry.Speculate speculate) {
            folios(speculate.device(), speculate.count());
        }
    }

    private void folios(String device, int count) throws IOException {
        json.writeStringField("device", device);
        if (count > 0) {
            json.writeNumberField("count", count);
        }
    }

    private void cut(TimelineEntry.Cut cut) throws IOException {
        json.writeStringField("file", cut.file());
        switch (cut.action()) {
            case TimelineEntry.Cut.TRUNCATE -> pages("size", cut.from());
            case TimelineEntry.Cut.PUNCH -> {
                pages("offset", cut.from());
                pages("size", cut.pages());
            }
            default -> {
                return;
            }
        }
        time("deadline", cut.deadline());
    }

    private void range(String space, long firstVpn, long pages) throws IOException {
        json.writeStringField("space", space);
        pages("offset", firstVpn);
        pages("size", pages);
    }

    private void limits() throws IOException {
        json.writeObjectFieldStart("limits");
        if (scenario.limits().operations() > 0) {
            json.writeNumberField("operations", scenario.limits().operations());
        }
        if (!scenario.limits().duration().isZero()) {
            time("duration", scenario.limits().duration());
        }
        json.writeEndObject();
    }

    private void words(String key, List<String> words) throws IOException {
        json.writeArrayFieldStart(key);
        for (String word : words) {
            json.writeString(word);
        }
        json.writeEndArray();
    }

    private void pages(String key, long pages) throws IOException {
        json.writeStringField(key, Sizes.exact(pages << scenario.basePage().shift()));
    }

    private void time(String key, Duration duration) throws IOException {
        json.writeStringField(key, Durations.exact(duration));
    }
}
