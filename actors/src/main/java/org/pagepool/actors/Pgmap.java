package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.devdax.FaultTie;
import org.pagepool.runtime.event.CloseVerb;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.FailureOutcome;
import org.pagepool.runtime.event.Holding;
import org.pagepool.runtime.failure.MemoryFailure;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.journal.PgmapState;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.teardown.TeardownState.Phase;

/**
 * A device page map: starts its sections on first use, knows the address spaces that map it, and is taken down by a
 * {@link Teardown}. Its reference is kept by its sections, each a share; see {@link org.pagepool.runtime.pgmap.Gate}.
 */
public final class Pgmap extends AbstractBehavior<Pgmap.Command> {
    /** What a pgmap understands. */
    public sealed interface Command {}

    /** Asks for the actors of the sections from {@code from} to {@code to}; starts those not yet started. */
    public record FindSections(int from, int to, ActorRef<? super SectionsFound> replyTo) implements Command {}

    /**
     * Says that an address space or a file is going to map this device, so that teardown can ask it to stop. Answered by one {@link
     * Registered}; only who was registered before the kill may map anything, and that one is waited for.
     */
    public record RegisterSpace(ActorRef<ToMapper> space) implements Command {}

    /**
     * Says that a populated mapping is about to tie these pages to the device's file, all at the offsets they have in the device
     * (B40, B41). Sections that are there are told; the others learn it when they start, so that a device that was mapped
     * whole costs nothing until it is used. Answered by one {@link PagesTied}.
     *
     * @param firstHead the first head of the pages
     * @param end first pfn behind their last head
     * @param question repeated in the answer
     */
    public record TiePages(long firstHead, long end, long question, ActorRef<? super PagesTied> replyTo)
            implements Command {}

    /**
     * Says who drives this device from now on: who is told of free pages, beside the operations the device was mapped with.
     * Answered by one {@link DriverAttached}. One at a time; its place is free when it terminates.
     */
    record AttachDriver(String name, PgmapOps ops, ActorRef<Driver.Command> driver) implements Command {}

    /**
     * Says that a page was found to be poisoned (B39). Answered by one {@link FailureReport}; asked by the pool, which has looked
     * the pgmap up.
     */
    public record Fail(long pfn, ActorRef<FailureReport> replyTo) implements Command {}

    /**
     * The driver lets go of its device (B13): from here on nobody can map it or fault in it, faults under way end, and every
     * entry is removed. Answered by one {@link AllUnmapped} when all of that is over; the pgmap itself lives on, until it is
     * closed.
     */
    record UnmapAll(ActorRef<AllUnmapped> replyTo) implements Command {}

    /** Poison was dealt with, or could not be; whoever reported it is still to be told. */
    record FailureEnded(FailureReport report, ActorRef<FailureReport> replyTo) implements Command {}

    /** A page of this pgmap was marked as poisoned. */
    record PagePoisoned(long head) implements Command {}

    private enum FailureDone implements Command {
        INSTANCE
    }

    /**
     * Asks for a teardown.
     *
     * @param verb how
     * @param deadline when to answer {@link StillHeld} if somebody still holds on; teardown itself goes on
     * @param reason why, for the record and for holders that lose their references
     */
    public record Close(CloseVerb verb, Duration deadline, String reason, ActorRef<CloseAnswer> replyTo)
            implements Command {}

    /** Asks who holds what, and how far a teardown is. */
    public record AskStatus(ActorRef<Status> replyTo) implements Command {}

    /** Asks how many actors there are. */
    public record AskCensus(ActorRef<Census> replyTo) implements Command {}

    /** A section's answer to a freeze. */
    record SectionFrozen(int section, boolean idle, List<Holding> holders) implements Command {}

    /** A teardown has moved. */
    record TeardownProgress(Teardown.Progress progress) implements Command {}

    /** The pool wants to know when everything is there that was in its last life. */
    enum AwaitReady implements Command {
        INSTANCE
    }

    /** Teardown has come to its end: the pages go. */
    enum CleanUp implements Command {
        INSTANCE
    }

    /** Teardown is done. */
    enum CleanedUp implements Command {
        INSTANCE
    }

    private enum QuestionDone implements Command {
        INSTANCE
    }

    private enum Vanish implements Command {
        INSTANCE
    }

    private record DeadlinePassed(int closer) implements Command {}

    private record LeakFound(int closer, List<Holding> holders) implements Command {}

    private record SectionLost(int section) implements Command {}

    private record Logged(LogSignal signal) implements Command, LogSignal.Carrier {}

    private enum DriverGone implements Command {
        INSTANCE
    }

    private record SpaceGone(ActorRef<ToMapper> space) implements Command {}

    private enum TeardownLost implements Command {
        INSTANCE
    }

    /**
     * The answer to {@link FindSections}: both lists are parallel. With a refusal, some or all of them are missing.
     *
     * @param device whose they are: this very life of the pgmap
     */
    public record SectionsFound(
            ActorRef<Command> device,
            int from,
            int to,
            List<Integer> numbers,
            List<ActorRef<Section.Command>> sections,
            @Nullable Refusal refusal)
            implements GupWalker.Command, AddressSpace.Command, DaxFile.Command, Driver.Command {}

    /** What a pgmap and its teardown tell those who map it: address spaces and files. */
    public sealed interface ToMapper extends AddressSpace.Command, DaxFile.Command
            permits Registered, AddressSpace.ZapPgmap, AddressSpace.FindPage, AddressSpace.UnmapPage {}

    /** The answer to {@link TiePages}: null, or why nothing was tied. */
    public record PagesTied(
            ActorRef<Command> device,
            long question,
            @Nullable Refusal refusal) implements AddressSpace.Command {}

    /** The answer to {@link AttachDriver}: null, or why it does not drive this device. */
    record DriverAttached(@Nullable Refusal refusal) implements Driver.Command {}

    /** The answer to {@link UnmapAll}. */
    record AllUnmapped(String pgmap) {}

    /** The answer to {@link RegisterSpace}: null, or why nothing can be mapped of it any more (B42). */
    public record Registered(
            ActorRef<Command> device, @Nullable Refusal refusal) implements ToMapper {}

    /** The answer to {@link Close}. */
    public sealed interface CloseAnswer {
        /** The pgmap. */
        String pgmap();
    }

    /**
     * Cleanup has run.
     *
     * @param enteredNanos when each phase was entered, on the pool's clock
     */
    public record Closed(String pgmap, Map<Phase, Long> enteredNanos) implements CloseAnswer {}

    /** {@code closeIfIdle} was refused because of these holders; nothing has changed. */
    public record Busy(String pgmap, List<Holding> holders) implements CloseAnswer {}

    /** The deadline passed while these held on. The pgmap stays dying; cleanup runs when they let go. */
    public record StillHeld(String pgmap, List<Holding> holders) implements CloseAnswer {}

    /** Where a pgmap is in its life. */
    public enum Life {
        /** Gives references. */
        LIVE,
        /** Finding out whether it is idle. */
        CLOSING,
        /** Killed; waiting for whoever refers to it. */
        DYING,
        /** Cleaned up. */
        RELEASED
    }

    /**
     * The answer to {@link AskStatus}.
     *
     * @param phase how far teardown is, or null if there is none
     * @param enteredNanos when each phase was entered, on the pool's clock
     * @param holders who holds what, sorted by name; while dying, whom it waits for
     * @param driverFailures times one of its driver's operations threw
     */
    public record Status(
            String pgmap,
            Life life,
            @Nullable Phase phase,
            Map<Phase, Long> enteredNanos,
            List<Holding> holders,
            long driverFailures) {}

    /** The answer to {@link AskCensus}. */
    public record Census(String pgmap, int sections, int liveHeads, int requestsUnderWay) {}

    private static final class Closer {
        final CloseVerb verb;
        final Duration deadline;
        final ActorRef<CloseAnswer> replyTo;
        boolean answered;

        Closer(Close close) {
            this.verb = close.verb;
            this.deadline = close.deadline;
            this.replyTo = close.replyTo;
        }
    }

    private final PgmapSpec spec;
    private final DriverCalls driver;
    private final Wiring wiring;
    private final EventLog log;
    private final String name;
    private final ActorRef<PagePool.Command> pool;
    private final TimerScheduler<Command> timers;
    private final TreeMap<Integer, ActorRef<Section.Command>> sections = new TreeMap<>();
    private final Set<ActorRef<ToMapper>> spaces = new LinkedHashSet<>();
    private final TreeMap<Long, Long> tied = new TreeMap<>();
    private final TreeSet<Long> poisoned = new TreeSet<>();
    private int failuresUnderWay;
    private boolean unmapped;
    private int questionsOpen;
    private boolean vanishing;
    private final Map<Integer, Closer> closers = new LinkedHashMap<>();
    private final ArrayDeque<FindSections> heldBack = new ArrayDeque<>();
    private final List<Holding> busy = new ArrayList<>();
    private Life life = Life.LIVE;
    private String idleReason = "";
    private int toFreeze;
    private int closersSeen;
    private long sectionsStarted;
    private @Nullable ActorRef<Teardown.Command> teardown;
    private @Nullable String revokeLater;
    private Teardown.@Nullable Progress progress;

    /** A pgmap; {@code name} is its own among all that ever were, and what it and its parts are called in the journal. */
    static Behavior<Command> create(
            PgmapSpec spec, PgmapOps ops, ActorRef<PagePool.Command> pool, String name, Wiring wiring) {
        return wiring.journals()
                .open(new Journals.Owner<Command, PgmapState>(
                        "pgmap-" + name,
                        PgmapState.LIVE,
                        PgmapState::apply,
                        Logged::new,
                        (context, log, state, recovered) -> Behaviors.withTimers(timers ->
                                new Pgmap(context, timers, log, state, recovered, spec, ops, pool, name, wiring))));
    }

    private Pgmap(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            EventLog log,
            PgmapState state,
            boolean recovered,
            PgmapSpec spec,
            PgmapOps ops,
            ActorRef<PagePool.Command> pool,
            String name,
            Wiring wiring) {
        super(context);
        this.timers = timers;
        this.log = log;
        this.spec = spec;
        this.driver = new DriverCalls(spec.id(), ops, context.getLog());
        this.pool = pool;
        this.name = name;
        this.wiring = wiring;
        this.sectionsStarted = state.lastEpoch();
        if (recovered) {
            resume(state);
        }
    }

    /** Every section comes back, for it knows who holds what; a teardown that had begun goes on. */
    private void resume(PgmapState state) {
        if (state.cleanedUp()) {
            life = Life.DYING;
            ActorRef<Command> self = getContext().getSelf();
            log.then(() -> pool.tell(new PagePool.Free(spec.id(), self)));
            return;
        }
        state.sections().keySet().forEach(this::startSection);
        CloseVerb verb = state.killed();
        if (verb != null) {
            continueTeardown(verb, state.reason());
        }
    }

    /** Every section says when it is what it was, however long that takes. */
    private Behavior<Command> onAwaitReady() {
        ActorRef<Command> self = getContext().getSelf();
        questionsOpen++;
        ActorRef<Section.Ready> gather = Children.spawnAnonymous(
                getContext(), Gather.of(Section.Ready.class, sections.size(), Limits.FOR_EVER, answers -> {
                    pool.tell(new PagePool.Ready(self));
                    self.tell(QuestionDone.INSTANCE);
                }));
        Gather.ask(List.copyOf(sections.values()), new Section.AskReady(gather));
        return this;
    }

    private Behavior<Command> onLogged(Logged logged) {
        log.on(logged.signal);
        return this;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(FindSections.class, this::onFindSections)
                .onMessage(RegisterSpace.class, this::onRegisterSpace)
                .onMessage(TiePages.class, this::onTiePages)
                .onMessage(AttachDriver.class, this::onAttachDriver)
                .onMessage(DriverGone.class, gone -> onDriverGone())
                .onMessage(UnmapAll.class, this::onUnmapAll)
                .onMessage(Fail.class, this::onFail)
                .onMessage(PagePoisoned.class, this::onPagePoisoned)
                .onMessage(FailureEnded.class, this::onFailureEnded)
                .onMessage(FailureDone.class, done -> onFailureDone())
                .onMessage(Close.class, this::onClose)
                .onMessage(AskStatus.class, this::onAskStatus)
                .onMessage(AskCensus.class, this::onAskCensus)
                .onMessage(SectionFrozen.class, this::onSectionFrozen)
                .onMessage(TeardownProgress.class, this::onTeardownProgress)
                .onMessage(CleanUp.class, clean -> onCleanUp())
                .onMessage(CleanedUp.class, done -> onCleanedUp())
                .onMessage(DeadlinePassed.class, this::onDeadlinePassed)
                .onMessage(LeakFound.class, this::onLeakFound)
                .onMessage(SectionLost.class, this::onSectionLost)
                .onMessage(SpaceGone.class, this::onSpaceGone)
                .onMessage(TeardownLost.class, lost -> onTeardownLost())
                .onMessage(AwaitReady.class, await -> onAwaitReady())
                .onMessage(Logged.class, this::onLogged)
                .onMessage(QuestionDone.class, done -> onQuestionDone())
                .onMessage(Vanish.class, vanish -> onVanish())
                .build();
    }

    // ---- sections

    private Behavior<Command> onFindSections(FindSections find) {
        if (life == Life.RELEASED) {
            find.replyTo.tell(
                    new SectionsFound(getContext().getSelf(), find.from, find.to, List.of(), List.of(), Refusal.DEAD));
            return this;
        }
        if (life == Life.CLOSING) {
            heldBack.add(find);
            return this;
        }
        List<Integer> numbers = new ArrayList<>();
        List<ActorRef<Section.Command>> found = new ArrayList<>();
        boolean missing = false;
        int last = Math.min(
                find.to,
                spec.sectionOf(spec.ranges().get(spec.ranges().size() - 1).end() - 1));
        for (int number = Math.max(find.from, spec.sectionOf(spec.pfnAt(0))); number <= last; number++) {
            ActorRef<Section.Command> section = sections.get(number);
            if (section == null && spec.headsIn(number) > 0) {
                if (life == Life.LIVE) {
                    section = startSection(number);
                } else {
                    missing = true;
                }
            }
            if (section != null) {
                numbers.add(number);
                found.add(section);
            }
        }
        SectionsFound answer = new SectionsFound(
                getContext().getSelf(),
                find.from,
                find.to,
                List.copyOf(numbers),
                List.copyOf(found),
                missing ? Refusal.DYING : null);
        log.then(() -> find.replyTo.tell(answer));
        return this;
    }

    /** Sections are never restarted: one that fails has lost what it had under way, so the pgmap fails with it. */
    private ActorRef<Section.Command> startSection(int number) {
        long epoch = ++sectionsStarted;
        log.receipt(PgmapState.sectionStarted(number, epoch));
        ActorRef<Section.Command> section = Children.spawn(
                getContext(),
                Section.create(spec, driver, number, epoch, "section-" + name + "-" + number, wiring),
                "section-" + number);
        getContext().watchWith(section, new SectionLost(number));
        sections.put(number, section);
        log.then(() -> tellTied(number, section, Long.MIN_VALUE, Long.MAX_VALUE));
        return section;
    }

    // ---- ties

    private Behavior<Command> onTiePages(TiePages tie) {
        Refusal refusal = life == Life.RELEASED
                ? Refusal.DEAD
                : life == Life.DYING || unmapped
                        ? Refusal.DYING
                        : poisoned.subSet(tie.firstHead, tie.end).isEmpty() ? null : Refusal.POISONED;
        if (refusal == null) {
            remember(tie.firstHead, tie.end);
            log.then(() -> sections.forEach((number, section) -> tellTied(number, section, tie.firstHead, tie.end)));
        }
        log.then(() -> tie.replyTo.tell(new PagesTied(getContext().getSelf(), tie.question, refusal)));
        return this;
    }

    /** Stretches that touch or overlap become one. */
    private void remember(long firstHead, long end) {
        long from = firstHead;
        long until = end;
        Map.Entry<Long, Long> before = tied.floorEntry(until);
        while (before != null && before.getValue() >= from) {
            from = Math.min(from, before.getKey());
            until = Math.max(until, before.getValue());
            tied.remove(before.getKey());
            before = tied.floorEntry(until);
        }
        tied.put(from, until);
    }

    /** Tells a section of the stretches in it, or of the parts of them between {@code from} and {@code until}. */
    private void tellTied(int number, ActorRef<Section.Command> section, long from, long until) {
        long pages = spec.geometry().pages();
        long first = Math.max(from, (spec.basePage().sectionFirstPfn(number) + pages - 1) & -pages);
        long end = Math.min(until, (spec.basePage().sectionFirstPfn(number + 1) + pages - 1) & -pages);
        Map.Entry<Long, Long> stretch = first < end ? tied.lowerEntry(end) : null;
        while (stretch != null && stretch.getValue() > first) {
            long lo = Math.max(first, stretch.getKey());
            int heads = Math.toIntExact(
                    (Math.min(end, stretch.getValue()) - lo) >> spec.geometry().order());
            section.tell(new Section.TieRow(FaultTie.fileOf(spec), new Run(lo, heads, 1), spec.offsetOf(lo)));
            stretch = tied.lowerEntry(stretch.getKey());
        }
    }

    private Behavior<Command> onSectionLost(SectionLost lost) {
        throw new IllegalStateException(
                "section failed, its counts are lost: pgmap=" + spec.id() + " section=" + lost.section);
    }

    private Behavior<Command> onRegisterSpace(RegisterSpace register) {
        Refusal refusal = life == Life.RELEASED ? Refusal.DEAD : life == Life.DYING || unmapped ? Refusal.DYING : null;
        if (refusal == null && spaces.add(register.space)) {
            getContext().watchWith(register.space, new SpaceGone(register.space));
        }
        register.space.tell(new Registered(getContext().getSelf(), refusal));
        return this;
    }

    private Behavior<Command> onAttachDriver(AttachDriver attach) {
        Refusal refusal = life == Life.RELEASED ? Refusal.DEAD : life == Life.DYING ? Refusal.DYING : null;
        if (refusal == null && !driver.attach(attach.ops)) {
            refusal = Refusal.FOREIGN;
        }
        if (refusal == null) {
            getContext().watchWith(attach.driver, DriverGone.INSTANCE);
        }
        attach.driver.tell(new DriverAttached(refusal));
        return this;
    }

    private Behavior<Command> onDriverGone() {
        driver.detach();
        return this;
    }

    private Behavior<Command> onSpaceGone(SpaceGone gone) {
        spaces.remove(gone.space);
        return this;
    }

    // ---- the driver lets go

    private Behavior<Command> onUnmapAll(UnmapAll unmap) {
        unmapped = true;
        if (life == Life.RELEASED) {
            unmap.replyTo.tell(new AllUnmapped(spec.id()));
        } else {
            List<ActorRef<ToMapper>> all = List.copyOf(spaces);
            Children.spawnAnonymous(
                    getContext(), unmapping(spec.id(), all, () -> unmap.replyTo.tell(new AllUnmapped(spec.id()))));
        }
        return this;
    }

    /** Asks every space to let go, and waits until all have, or are gone. */
    private static Behavior<Teardown.Command> unmapping(String pgmap, List<ActorRef<ToMapper>> spaces, Runnable then) {
        return Behaviors.setup(context -> {
            Set<ActorRef<ToMapper>> due = new HashSet<>(spaces);
            for (ActorRef<ToMapper> space : spaces) {
                context.watchWith(space, new Teardown.Zapped(space));
                space.tell(new AddressSpace.ZapPgmap(pgmap, context.getSelf()));
            }
            if (due.isEmpty()) {
                then.run();
                return Behaviors.stopped();
            }
            return Behaviors.receive(Teardown.Command.class)
                    .onMessage(Teardown.Zapped.class, zapped -> {
                        if (due.remove(zapped.space()) && due.isEmpty()) {
                            then.run();
                            return Behaviors.stopped();
                        }
                        return Behaviors.same();
                    })
                    .build();
        });
    }

    // ---- memory failure

    /** The lookup's reference is live or none at all (B6): a pgmap that is dying has no pages any more. */
    private Behavior<Command> onFail(Fail fail) {
        long head = spec.geometry().headOf(fail.pfn);
        if (life == Life.DYING || life == Life.RELEASED) {
            fail.replyTo.tell(FailureReport.of(fail.pfn, head, FailureOutcome.NO_DEVICE));
            return this;
        }
        FailureOutcome refused = MemoryFailure.refuses(spec, fail.pfn);
        if (refused != null) {
            log.record(new Event.MemoryFailed(spec.id(), fail.pfn, fail.pfn, refused, 0));
            log.then(() -> fail.replyTo.tell(FailureReport.of(fail.pfn, fail.pfn, refused)));
            return this;
        }
        int number = spec.sectionOf(fail.pfn);
        ActorRef<Section.Command> section = sections.containsKey(number) ? sections.get(number) : startSection(number);
        failuresUnderWay++;
        log.then(() -> {
            ActorRef<FailureHandler.Command> handler = Children.spawnAnonymous(
                    getContext(),
                    FailureHandler.create(
                            spec,
                            driver,
                            getContext().getSelf(),
                            fail.pfn,
                            section,
                            List.copyOf(spaces),
                            fail.replyTo));
            getContext().watchWith(handler, FailureDone.INSTANCE);
        });
        return this;
    }

    private Behavior<Command> onPagePoisoned(PagePoisoned page) {
        poisoned.add(page.head);
        return this;
    }

    private Behavior<Command> onFailureEnded(FailureEnded ended) {
        FailureReport report = ended.report;
        log.record(new Event.MemoryFailed(
                spec.id(),
                report.pfn(),
                spec.geometry().headOf(report.pfn()),
                report.outcome(),
                report.told().size()));
        log.then(() -> ended.replyTo.tell(report));
        return this;
    }

    private Behavior<Command> onFailureDone() {
        log.then(() -> {
            failuresUnderWay--;
            if (teardown != null) {
                teardown.tell(Teardown.OtherDrained.INSTANCE);
            }
        });
        return this;
    }

    // ---- close

    private Behavior<Command> onClose(Close close) {
        if (life == Life.RELEASED) {
            close.replyTo.tell(closed());
            return this;
        }
        int id = closersSeen++;
        closers.put(id, new Closer(close));
        if (life == Life.DYING) {
            startDeadline(id, close.deadline);
        }
        switch (life) {
            case LIVE -> begin(close);
            case CLOSING -> escalate(close);
            case DYING -> {
                if (close.verb == CloseVerb.REVOKE) {
                    if (teardown == null) {
                        revokeLater = close.reason;
                    } else {
                        teardown.tell(new Teardown.Revoke(close.reason));
                    }
                }
            }
            case RELEASED -> throw new IllegalStateException("a released pgmap was closed: pgmap=" + spec.id());
        }
        return this;
    }

    private void begin(Close close) {
        if (close.verb != CloseVerb.IF_IDLE) {
            startTeardown(close.verb, close.reason);
            return;
        }
        life = Life.CLOSING;
        idleReason = close.reason;
        busy.clear();
        toFreeze = sections.size();
        sections.values().forEach(s -> s.tell(new Section.Freeze(getContext().getSelf())));
        decideIfIdle();
    }

    /** Somebody insists while it is still being found out whether the pgmap is idle: no need to find out any more. */
    private void escalate(Close close) {
        if (close.verb != CloseVerb.IF_IDLE) {
            toFreeze = 0;
            startTeardown(close.verb, close.reason);
        }
    }

    private Behavior<Command> onSectionFrozen(SectionFrozen frozen) {
        if (life == Life.CLOSING) {
            toFreeze--;
            if (!frozen.idle) {
                busy.addAll(frozen.holders);
                if (frozen.holders.isEmpty()) {
                    busy.add(new Holding(
                            "(requests under way)", 0, 0, 0, wiring.time().nanos()));
                }
            }
            decideIfIdle();
        }
        return this;
    }

    private void decideIfIdle() {
        if (toFreeze > 0) {
            return;
        }
        if (busy.isEmpty()) {
            startTeardown(CloseVerb.IF_IDLE, idleReason);
            return;
        }
        life = Life.LIVE;
        List<Holding> holders = merge(busy);
        log.record(new Event.CloseRefused(spec.id(), holders));
        log.then(() -> sections.values().forEach(s -> s.tell(Section.Thaw.INSTANCE)));
        answerAll(c -> c.verb == CloseVerb.IF_IDLE, new Busy(spec.id(), holders));
        while (!heldBack.isEmpty()) {
            onFindSections(heldBack.poll());
        }
    }

    /** The deadline of everybody who has asked for it counts from here, also of those who asked only if it was idle. */
    private void startTeardown(CloseVerb verb, String reason) {
        log.record(new Event.Killed(spec.id(), verb, reason));
        life = Life.DYING;
        closers.forEach((id, closer) -> startDeadline(id, closer.deadline));
        while (!heldBack.isEmpty()) {
            onFindSections(heldBack.poll());
        }
        log.then(() -> continueTeardown(verb, reason));
    }

    private void continueTeardown(CloseVerb verb, String reason) {
        life = Life.DYING;
        long touched = 0;
        for (int number : sections.keySet()) {
            touched += spec.headsIn(number);
        }
        teardown = Children.spawn(
                getContext(),
                Teardown.create(
                        new Teardown.Work(
                                spec,
                                driver,
                                verb,
                                reason,
                                getContext().getSelf(),
                                pool,
                                List.copyOf(sections.values()),
                                spec.heads() - touched,
                                Set.copyOf(spaces),
                                failuresUnderWay),
                        "teardown-" + name,
                        wiring),
                "teardown");
        getContext().watchWith(teardown, TeardownLost.INSTANCE);
        String insists = revokeLater;
        if (insists != null) {
            teardown.tell(new Teardown.Revoke(insists));
        }
    }

    private void startDeadline(int closer, Duration deadline) {
        timers.startSingleTimer(closer, new DeadlinePassed(closer), Limits.countable(deadline));
    }

    private Behavior<Command> onTeardownLost() {
        throw new IllegalStateException("teardown failed, it would never end: pgmap=" + spec.id());
    }

    /** Nothing refers to it, and nobody finds it. */
    private Behavior<Command> onCleanUp() {
        log.record(new Event.CleanedUp(spec.id()));
        ActorRef<Command> self = getContext().getSelf();
        log.then(() -> pool.tell(new PagePool.Free(spec.id(), self)));
        return this;
    }

    private Behavior<Command> onTeardownProgress(TeardownProgress moved) {
        progress = moved.progress;
        return this;
    }

    /**
     * The sections, which refuse everything by now, stay for a grace period: whoever found them before the lookup forgot the
     * pgmap is still answered (R7).
     */
    private Behavior<Command> onCleanedUp() {
        life = Life.RELEASED;
        answerAll(c -> true, closed());
        sections.values().forEach(getContext()::unwatch);
        log.then(() -> timers.startSingleTimer(Vanish.INSTANCE, wiring.limits().graceAfterCleanup()));
        return this;
    }

    private Closed closed() {
        return new Closed(spec.id(), progress == null ? Map.of() : progress.enteredNanos());
    }

    private Behavior<Command> onDeadlinePassed(DeadlinePassed passed) {
        if (closers.containsKey(passed.closer)) {
            ActorRef<Command> self = getContext().getSelf();
            askHoldings(holders -> self.tell(new LeakFound(passed.closer, holders)));
        }
        return this;
    }

    private Behavior<Command> onLeakFound(LeakFound leak) {
        Closer closer = closers.remove(leak.closer);
        if (closer != null && !closer.answered) {
            log.record(new Event.DeadlinePassed(spec.id(), leak.holders));
            log.then(() -> closer.replyTo.tell(new StillHeld(spec.id(), leak.holders)));
        }
        return this;
    }

    private void answerAll(java.util.function.Predicate<Closer> which, CloseAnswer answer) {
        closers.entrySet().removeIf(entry -> {
            if (!which.test(entry.getValue())) {
                return false;
            }
            timers.cancel(entry.getKey());
            Closer closer = entry.getValue();
            closer.answered = true;
            log.then(() -> closer.replyTo.tell(answer));
            return true;
        });
    }

    // ---- questions

    private Behavior<Command> onAskStatus(AskStatus ask) {
        if (life == Life.RELEASED) {
            ask.replyTo.tell(
                    new Status(spec.id(), life, Phase.DONE, closed().enteredNanos(), List.of(), driver.failures()));
            return this;
        }
        Life now = life;
        Teardown.Progress at = progress;
        askHoldings(holders -> ask.replyTo.tell(new Status(
                spec.id(),
                now,
                at == null ? null : at.phase(),
                at == null ? Map.of() : at.enteredNanos(),
                holders,
                driver.failures())));
        return this;
    }

    /** Whoever has asked something is answered first. */
    private Behavior<Command> onVanish() {
        vanishing = true;
        return questionsOpen == 0 ? Behaviors.stopped() : this;
    }

    private Behavior<Command> onQuestionDone() {
        questionsOpen--;
        return vanishing ? onVanish() : this;
    }

    private void askHoldings(Consumer<List<Holding>> then) {
        Duration deadline = wiring.limits().askTimeout();
        Teardown.Progress at = progress;
        ActorRef<Command> self = getContext().getSelf();
        questionsOpen++;
        ActorRef<Section.Holdings> gather = Children.spawnAnonymous(
                getContext(), Gather.of(Section.Holdings.class, sections.size(), deadline, answers -> {
                    List<Holding> all = new ArrayList<>();
                    answers.forEach(a -> all.addAll(a.holders()));
                    if (driver.cleaningUp()) {
                        long since = at == null
                                ? wiring.time().nanos()
                                : at.enteredNanos().getOrDefault(Phase.WAIT, 0L);
                        all.add(new Holding("(the driver's own reference)", 0, 0, 0, since));
                    }
                    then.accept(merge(all));
                    self.tell(QuestionDone.INSTANCE);
                }));
        Gather.ask(List.copyOf(sections.values()), new Section.AskHoldings(gather));
    }

    private Behavior<Command> onAskCensus(AskCensus ask) {
        int count = sections.size();
        ActorRef<Section.Census> gather = Children.spawnAnonymous(
                getContext(),
                Gather.of(Section.Census.class, count, wiring.limits().askTimeout(), answers -> {
                    int heads = 0;
                    int underWay = 0;
                    for (Section.Census census : answers) {
                        heads += census.liveHeads();
                        underWay += census.requestsUnderWay();
                    }
                    ask.replyTo.tell(new Census(spec.id(), count, heads, underWay));
                }));
        Gather.ask(List.copyOf(sections.values()), new Section.AskCensus(gather));
        return this;
    }

    private static List<Holding> merge(List<Holding> parts) {
        Map<String, Holding> byName = new HashMap<>();
        parts.forEach(h -> byName.merge(h.holder(), h, Holding::plus));
        return byName.values().stream()
                .sorted(java.util.Comparator.comparing(Holding::holder))
                .toList();
    }
}
