package org.pagepool.demo.run;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.Section;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * Somebody who has a pfn from somewhere and takes a reference on it if its count is not zero, as code that scans memory does
 * (R25): one reference on each of the last folios of a device, put back at once. Tells for each whether it was granted, and
 * stops when all is put back.
 */
final class Speculator extends AbstractBehavior<Object> {
    private final PgmapSpec spec;
    private final String name;
    private final int count;
    private final ActorRef<Boolean> granted;
    private final TreeMap<Integer, ActorRef<Section.Command>> sections = new TreeMap<>();
    private final Map<Long, Integer> sectionOf = new HashMap<>();
    private long sequence;
    private int open;

    static Behavior<Object> create(
            String name, PgmapSpec spec, ActorRef<Pgmap.Command> device, int count, ActorRef<Boolean> granted) {
        return Behaviors.setup(context -> new Speculator(context, name, spec, device, count, granted));
    }

    private Speculator(
            ActorContext<Object> context,
            String name,
            PgmapSpec spec,
            ActorRef<Pgmap.Command> device,
            int count,
            ActorRef<Boolean> granted) {
        super(context);
        this.name = name;
        this.spec = spec;
        this.count = (int) Math.min(count, spec.heads());
        this.granted = granted;
        int from = spec.sectionOf(head(this.count - 1));
        device.tell(new Pgmap.FindSections(
                from, spec.sectionOf(head(0)), context.getSelf().narrow()));
    }

    /** The last but {@code n}. */
    private long head(int n) {
        return spec.pfnAt(spec.pages() - (n + 1L) * spec.geometry().pages());
    }

    @Override
    public Receive<Object> createReceive() {
        return newReceiveBuilder()
                .onMessage(Pgmap.SectionsFound.class, this::onSectionsFound)
                .onMessage(Section.GrabAnswer.class, this::onGrabAnswer)
                .onMessage(Section.ReleaseAnswer.class, answer -> closed())
                .build();
    }

    private Behavior<Object> onSectionsFound(Pgmap.SectionsFound found) {
        for (int i = 0; i < found.sections().size(); i++) {
            sections.put(found.numbers().get(i), found.sections().get(i));
        }
        open = count;
        for (int i = 0; i < count; i++) {
            Run run = new Run(head(i), 1, 1);
            ActorRef<Section.Command> section = sections.get(spec.sectionOf(run.firstHead()));
            if (section == null) {
                granted.tell(false);
                open--;
                continue;
            }
            long number = ++sequence;
            sectionOf.put(number, spec.sectionOf(run.firstHead()));
            section.tell(
                    new Section.Grab(name, getContext().getSelf().narrow(), number, 1, GrabKind.GET, List.of(run), 1));
        }
        return open == 0 ? Behaviors.stopped() : this;
    }

    private Behavior<Object> onGrabAnswer(Section.GrabAnswer answer) {
        boolean got = answer.refusal() == null;
        granted.tell(got);
        ActorRef<Section.Command> section = sections.get(sectionOf.get(answer.sequence()));
        if (!got || section == null) {
            return closed();
        }
        section.tell(new Section.Release(
                name,
                getContext().getSelf().narrow(),
                ++sequence,
                1,
                name,
                answer.sequence(),
                GrabKind.GET,
                List.of(),
                ReleaseCause.PUT));
        return this;
    }

    private Behavior<Object> closed() {
        return --open == 0 ? Behaviors.stopped() : this;
    }
}
