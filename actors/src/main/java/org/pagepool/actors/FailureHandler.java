package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.event.Sigbus;
import org.pagepool.runtime.failure.MemoryFailure;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * Deals with one poisoned page; lives for that (B39). What is to be done is decided by {@link MemoryFailure}, this asks and
 * tells: the driver, the section for the head's record, every address space whether it maps the page, those that do to
 * unmap it and to tell their process. Its pgmap counts it as a reference of its own until it stops.
 */
final class FailureHandler extends AbstractBehavior<FailureHandler.Command> {
    sealed interface Command permits Shown, Mappers, Unmapped {}

    private record Shown(Section.PageShown page) implements Command {}

    /** An address space's answer to {@link AddressSpace.FindPage}, or its end. */
    record Mappers(ActorRef<Pgmap.ToMapper> space, List<Sigbus> mapped) implements Command {}

    /** An address space's answer to {@link AddressSpace.UnmapPage}, or its end. */
    record Unmapped(ActorRef<Pgmap.ToMapper> space) implements Command {}

    private final PgmapSpec spec;
    private final ActorRef<Pgmap.Command> pgmap;
    private final long pfn;
    private final ActorRef<FailureReport> replyTo;
    private final Set<ActorRef<Pgmap.ToMapper>> spaces;
    private final Set<ActorRef<Pgmap.ToMapper>> due = new LinkedHashSet<>();
    private final List<Sigbus> told = new ArrayList<>();
    private Section.@Nullable PageShown page;
    private boolean unmapping;

    static Behavior<Command> create(
            PgmapSpec spec,
            DriverCalls driver,
            ActorRef<Pgmap.Command> pgmap,
            long pfn,
            ActorRef<Section.Command> section,
            Collection<ActorRef<Pgmap.ToMapper>> spaces,
            ActorRef<FailureReport> replyTo) {
        return Behaviors.setup(context -> {
            FailureHandler handler = new FailureHandler(context, spec, pgmap, pfn, spaces, replyTo);
            return switch (driver.memoryFailure(pfn, 1)) {
                case HANDLED -> handler.end(FailureOutcome.DRIVER_HANDLED);
                case FAILED -> handler.end(FailureOutcome.DRIVER_FAILED);
                case NOT_SUPPORTED -> handler.generic(section);
            };
        });
    }

    private FailureHandler(
            ActorContext<Command> context,
            PgmapSpec spec,
            ActorRef<Pgmap.Command> pgmap,
            long pfn,
            Collection<ActorRef<Pgmap.ToMapper>> spaces,
            ActorRef<FailureReport> replyTo) {
        super(context);
        this.spec = spec;
        this.pgmap = pgmap;
        this.pfn = pfn;
        this.spaces = Set.copyOf(spaces);
        this.replyTo = replyTo;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Shown.class, this::onShown)
                .onMessage(Mappers.class, this::onMappers)
                .onMessage(Unmapped.class, this::onUnmapped)
                .build();
    }

    private Behavior<Command> generic(ActorRef<Section.Command> section) {
        FailureOutcome refused = MemoryFailure.driverOnly(spec);
        if (refused != null) {
            return end(refused);
        }
        section.tell(new Section.Poison(pfn, true, getContext().messageAdapter(Section.PageShown.class, Shown::new)));
        return this;
    }

    private Behavior<Command> onShown(Shown shown) {
        page = shown.page;
        String file = shown.page.record().mapping();
        if (shown.page.refusal() != null) {
            return end(FailureOutcome.NO_DEVICE);
        }
        FailureOutcome untied = MemoryFailure.untied(shown.page.record());
        if (file == null || untied != null) {
            return end(untied == null ? FailureOutcome.BUSY : untied);
        }
        pgmap.tell(new Pgmap.PagePoisoned(shown.page.head()));
        long index = MemoryFailure.index(spec, pfn, shown.page.record());
        return ask(spaces, new AddressSpace.FindPage(file, index, getContext().getSelf()));
    }

    private Behavior<Command> ask(Collection<ActorRef<Pgmap.ToMapper>> whom, Pgmap.ToMapper question) {
        for (ActorRef<Pgmap.ToMapper> space : whom) {
            due.add(space);
            getContext().watchWith(space, unmapping ? new Unmapped(space) : new Mappers(space, List.of()));
            space.tell(question);
        }
        return unmapping ? unmappedAll() : foundAll();
    }

    private Behavior<Command> onMappers(Mappers mappers) {
        if (!unmapping && due.remove(mappers.space)) {
            getContext().unwatch(mappers.space);
            told.addAll(mappers.mapped);
        }
        return unmapping ? this : foundAll();
    }

    private Behavior<Command> foundAll() {
        Section.PageShown shown = page;
        if (!due.isEmpty() || shown == null) {
            return this;
        }
        String file = shown.record().mapping();
        long index = MemoryFailure.index(spec, pfn, shown.record());
        MemoryFailure.FilePart part = MemoryFailure.unmap(index, told, spec.basePage());
        if (part == null || file == null) {
            return end(FailureOutcome.RECOVERED);
        }
        unmapping = true;
        return ask(
                spaces,
                new AddressSpace.UnmapPage(
                        spec.id(),
                        pfn,
                        file,
                        part.first(),
                        part.pages(),
                        List.copyOf(told),
                        getContext().getSelf()));
    }

    private Behavior<Command> onUnmapped(Unmapped unmapped) {
        if (due.remove(unmapped.space)) {
            getContext().unwatch(unmapped.space);
        }
        return unmappedAll();
    }

    private Behavior<Command> unmappedAll() {
        return due.isEmpty() ? end(FailureOutcome.RECOVERED) : this;
    }

    private Behavior<Command> end(FailureOutcome outcome) {
        Section.PageShown shown = page;
        long head = spec.geometry().headOf(pfn);
        FailureReport report = shown == null
                ? FailureReport.of(pfn, head, outcome)
                : new FailureReport(pfn, head, outcome, shown.record().mapping(), told, shown.holders());
        pgmap.tell(new Pgmap.FailureEnded(report, replyTo));
        return Behaviors.stopped();
    }
}
