package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pagepool.runtime.driver.FreeList;
import org.pagepool.runtime.driver.Grant;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Run;
import org.pagepool.runtime.pgmap.FolioRequest;
import org.pagepool.runtime.pgmap.PgmapSpec;
import org.pagepool.runtime.record.Lifecycle;

/**
 * The owner of one device's pages: keeps which are out ({@link FreeList}), hands them out by offset, holds the reference that
 * a page has from then on, and gives it back when its user is done or, for private memory, when a CPU has touched it. Who
 * asks needs no pfn (seed 003).
 *
 * <p>It never decides whether a page can be had. A request is a grab of kind {@link GrabKind#REQUEST}, answered by the page's
 * section by the rules of the device's protocol (B37, B38), also for a page that this list says is out; a dying device
 * refuses (R26). Nor does it decide when a page is free: that is told by the callback for free pages, or, where its type and
 * era have none, by the wait for an idle head (D6). Only then may the page be handed out again.
 *
 * <p>It is a holder like any other: requests are numbered and may be sent again, and when it terminates the sections release
 * what it has out. One device has one driver.
 */
public final class Driver extends AbstractBehavior<Driver.Command> {
    /** What a driver understands. */
    public sealed interface Command
            permits Request,
                    Free,
                    AskAccount,
                    Close,
                    PageFreed,
                    Fetch,
                    Idle,
                    DeviceGone,
                    Retry,
                    Section.ToHolder,
                    Pgmap.SectionsFound,
                    Pgmap.DriverAttached {}

    /**
     * Hand out a folio. Answered by one {@link Requested}.
     *
     * @param offset of its first base page, or {@link #ANY}
     * @param order log2 of its base pages, or {@link #OWN_ORDER}
     */
    public record Request(long offset, int order, ActorRef<? super Requested> replyTo) implements Command {
        /** Instead of an offset: any folio that is free. */
        public static final long ANY = -1;

        /** Instead of an order: that of the device's folios. */
        public static final int OWN_ORDER = -1;
    }

    /** Take a folio back. It is free when nobody else holds it either. Answered by one {@link Freed}. */
    public record Free(Grant grant, ActorRef<? super Freed> replyTo) implements Command {}

    /** Asks how its pages stand. Answered when the device has taken it for its driver, or has not. */
    public record AskAccount(ActorRef<Account> replyTo) implements Command {}

    /** Ends it: what it has out is released by the sections. */
    public enum Close implements Command {
        /** The only one. */
        INSTANCE
    }

    /** The device's callback: that page is free. */
    private record PageFreed(long pfn) implements Command {}

    /** The device's callback: a CPU has touched that page, and its data is wanted in RAM. */
    private record Fetch(long pfn) implements Command {}

    /** What waiting for a head came to, where there is no callback. */
    private record Idle(long head, boolean idle) implements Command {}

    private enum DeviceGone implements Command {
        INSTANCE
    }

    private enum Retry implements Command {
        INSTANCE
    }

    /** The answer to {@link Request}: a grant, or why there is none. */
    public record Requested(@Nullable Grant grant, @Nullable Refusal refusal) {}

    /** The answer to {@link Free}: null, or why it was not taken back. */
    public record Freed(Grant grant, @Nullable Refusal refusal) {}

    /**
     * How a driver's pages stand, in folios.
     *
     * @param free may be handed out
     * @param out handed out
     * @param lingering taken back, and held by others still
     * @param granted requests granted so far
     * @param fetched pages brought back to RAM because a CPU touched them
     * @param freedTwice notices for pages that were free already (R8)
     * @param freedEarly notices for pages that were out (R32)
     * @param closed why it hands out nothing any more, or null
     */
    public record Account(
            long free,
            long out,
            long lingering,
            long granted,
            long fetched,
            long freedTwice,
            long freedEarly,
            @Nullable Refusal closed) {}

    /** A request under way. */
    private record Asking(Request request, long offset, Run head) {}

    /** A grant that is alive. */
    private static final class Out {
        final Grant grant;
        final List<ActorRef<? super Freed>> freeing = new ArrayList<>(1);
        boolean releasing;

        Out(Grant grant) {
            this.grant = grant;
        }
    }

    private final String name;
    private final PgmapHandle device;
    private final Wiring wiring;
    private final TimerScheduler<Command> timers;
    private final SectionCalls calls;
    private final boolean called;
    private final ActorRef<Section.IdleAnswer> idle;
    private final Map<Integer, ActorRef<Section.Command>> sections = new HashMap<>();
    private final Map<Integer, List<Asking>> finding = new HashMap<>();
    private final Map<Long, Out> grants = new HashMap<>();
    private final Map<Long, List<Out>> byHead = new HashMap<>();
    private final List<Command> beforeAttached = new ArrayList<>();
    /** Changed by this actor only; anybody may look at the latest one, which is a value. */
    private volatile FreeList list;

    private boolean attached;
    private boolean ticking;
    private long granted;
    private long fetched;
    private @Nullable Refusal closed;

    static Behavior<Command> create(String name, PgmapHandle device, Wiring wiring) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new Driver(context, timers, name, device, wiring)));
    }

    private Driver(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            String name,
            PgmapHandle device,
            Wiring wiring) {
        super(context);
        this.name = name;
        this.device = device;
        this.wiring = wiring;
        this.timers = timers;
        this.calls = new SectionCalls(name, context.getSelf().narrow(), wiring);
        this.called =
                spec().protocol().noticesFree(spec().type()) && Lifecycle.callsDriver(spec().protocol(), spec().type());
        this.idle = context.messageAdapter(Section.IdleAnswer.class, answer -> new Idle(answer.head(), answer.idle()));
        this.list = FreeList.of(spec());
        context.watchWith(device.ref(), DeviceGone.INSTANCE);
        ActorRef<Command> self = context.getSelf();
        PgmapOps ops = PgmapOps.NONE
                .pageFree((pfn, order) -> self.tell(new PageFreed(pfn)))
                .migrateToRam(pfn -> isOut(pfn, self));
        device.ref().tell(new Pgmap.AttachDriver(name, ops, self));
    }

    private PgmapSpec spec() {
        return device.spec();
    }

    /** Asked on the thread of whoever saw the CPU's access. */
    private boolean isOut(long pfn, ActorRef<Command> self) {
        boolean out = list.isOut(spec().offsetOf(spec().geometry().headOf(pfn)));
        if (out) {
            self.tell(new Fetch(pfn));
        }
        return out;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Request.class, this::onRequest)
                .onMessage(Section.GrabAnswer.class, this::onGrabAnswer)
                .onMessage(Free.class, this::onFree)
                .onMessage(Section.ReleaseAnswer.class, this::onReleaseAnswer)
                .onMessage(PageFreed.class, freed -> onFreed(freed.pfn))
                .onMessage(Fetch.class, this::onFetch)
                .onMessage(Idle.class, this::onIdle)
                .onMessage(Section.Revoked.class, this::onRevoked)
                .onMessage(Section.TieAnswer.class, this::onTieAnswer)
                .onMessage(Pgmap.SectionsFound.class, this::onSectionsFound)
                .onMessage(Pgmap.DriverAttached.class, this::onAttached)
                .onMessage(AskAccount.class, this::onAskAccount)
                .onMessage(DeviceGone.class, gone -> onDeviceGone())
                .onMessage(Retry.class, retry -> onRetry())
                .onMessage(Close.class, close -> onClose())
                .build();
    }

    // ---- the device takes it for its driver

    private Behavior<Command> onAttached(Pgmap.DriverAttached answer) {
        attached = true;
        closed = closed == null ? answer.refusal() : closed;
        List<Command> waiting = List.copyOf(beforeAttached);
        beforeAttached.clear();
        waiting.forEach(command -> getContext().getSelf().tell(command));
        return this;
    }

    private Behavior<Command> waitUntilAttached(Command command) {
        beforeAttached.add(command);
        return this;
    }

    // ---- handing out

    private Behavior<Command> onRequest(Request request) {
        if (!attached && beforeAttached.size() < wiring.limits().walksQueuedMax()) {
            return waitUntilAttached(request);
        }
        Refusal refusal = refusesAtOnce();
        if (refusal != null) {
            return refuse(request, refusal);
        }
        int order = request.order == Request.OWN_ORDER ? spec().geometry().order() : request.order;
        FreeList.Choice choice = request.offset == Request.ANY ? list.choose() : null;
        if (request.offset == Request.ANY && choice == null) {
            return refuse(request, Refusal.EMPTY);
        }
        long offset = choice == null ? request.offset : choice.offset();
        FolioRequest folio = FolioRequest.at(spec(), offset, order);
        Run head = folio.head();
        if (head == null) {
            return refuse(request, folio.refusal());
        }
        list = list.asked(offset);
        return ask(new Asking(request, offset, head));
    }

    private @Nullable Refusal refusesAtOnce() {
        if (closed != null) {
            return closed;
        }
        return attached && calls.open() < wiring.limits().walksQueuedMax() ? null : Refusal.LIMIT;
    }

    private Behavior<Command> refuse(Request request, @Nullable Refusal refusal) {
        request.replyTo.tell(new Requested(null, refusal));
        return this;
    }

    private Behavior<Command> ask(Asking asking) {
        int number = spec().sectionOf(asking.head.firstHead());
        ActorRef<Section.Command> section = sections.get(number);
        if (section == null) {
            List<Asking> waiting = finding.computeIfAbsent(number, n -> new ArrayList<>());
            waiting.add(asking);
            if (waiting.size() == 1) {
                device.ref()
                        .tell(new Pgmap.FindSections(
                                number, number, getContext().getSelf().narrow()));
            }
            return this;
        }
        calls.grab(spec(), number, section, GrabKind.REQUEST, List.of(asking.head), Integer.MAX_VALUE, asking, 0);
        tick();
        return this;
    }

    private Behavior<Command> onSectionsFound(Pgmap.SectionsFound found) {
        for (int i = 0; i < found.sections().size(); i++) {
            sections.put(found.numbers().get(i), found.sections().get(i));
        }
        List<Asking> waiting = finding.remove(found.from());
        if (waiting != null) {
            Refusal refusal = found.refusal();
            waiting.forEach(refusal == null ? this::ask : asking -> refused(asking, refusal));
        }
        return this;
    }

    private Behavior<Command> onGrabAnswer(Section.GrabAnswer answer) {
        SectionCalls.Call call = calls.close(answer.sequence());
        if (call == null) {
            return this;
        }
        Asking asking = (Asking) call.purpose;
        Refusal refusal = answer.refusal();
        if (refusal != null) {
            return refused(asking, refusal);
        }
        long pfn = asking.head.firstHead();
        Grant grant = new Grant(
                name,
                answer.sequence(),
                spec().id(),
                asking.offset,
                pfn,
                spec().geometry().order());
        Out out = new Out(grant);
        grants.put(grant.id(), out);
        byHead.computeIfAbsent(pfn, head -> new ArrayList<>(1)).add(out);
        list = list.granted(asking.offset);
        granted++;
        asking.request.replyTo.tell(new Requested(grant, null));
        return this;
    }

    /** A device that dies gives nothing any more, and a driver that was told so once need not ask again (R26). */
    private Behavior<Command> refused(Asking asking, Refusal refusal) {
        list = list.refused(asking.offset);
        if (refusal == Refusal.DYING || refusal == Refusal.DEAD) {
            closed = refusal;
        }
        return refuse(asking.request, refusal);
    }

    // ---- taking back

    private Behavior<Command> onFree(Free free) {
        Grant grant = free.grant;
        Out out = grants.get(grant.id());
        if (!grant.driver().equals(name)) {
            free.replyTo.tell(new Freed(grant, Refusal.FOREIGN));
        } else if (out == null) {
            boolean known = grant.id() > 0 && grant.id() <= calls.last();
            free.replyTo.tell(new Freed(grant, known ? Refusal.ALREADY_RELEASED : Refusal.UNKNOWN_PIN));
        } else {
            out.freeing.add(free.replyTo);
            release(out);
        }
        return this;
    }

    /** A second wish for the same grant is answered with the first. The callback may come before the section's answer. */
    private void release(Out out) {
        if (out.releasing) {
            return;
        }
        out.releasing = true;
        list = list.givenBack(out.grant.offset());
        int number = spec().sectionOf(out.grant.pfn());
        ActorRef<Section.Command> section = sections.get(number);
        if (section == null) {
            throw new IllegalStateException("a grant of a section that is not known: grant=" + out.grant);
        }
        calls.release(
                spec(),
                number,
                section,
                out.grant.id(),
                GrabKind.REQUEST,
                List.of(new Run(out.grant.pfn(), 1, 1)),
                ReleaseCause.PUT,
                out,
                0);
        tick();
    }

    private Behavior<Command> onReleaseAnswer(Section.ReleaseAnswer answer) {
        SectionCalls.Call call = calls.close(answer.sequence());
        if (call != null) {
            Out out = (Out) call.purpose;
            boolean mine = over(out);
            if (mine && !called && answer.refusal() == null) {
                call.target.tell(new Section.AwaitIdle(out.grant.pfn(), name + "#" + out.grant.id(), idle));
            }
            answerFreeing(out, answer.refusal());
        }
        return this;
    }

    private static void answerFreeing(Out out, @Nullable Refusal refusal) {
        out.freeing.forEach(replyTo -> replyTo.tell(new Freed(out.grant, refusal)));
        out.freeing.clear();
    }

    /** The grant is no more; false if that was known. */
    private boolean over(Out out) {
        if (grants.remove(out.grant.id()) == null) {
            return false;
        }
        List<Out> others = byHead.get(out.grant.pfn());
        if (others != null && others.remove(out) && others.isEmpty()) {
            byHead.remove(out.grant.pfn());
        }
        if (!out.releasing) {
            list = list.givenBack(out.grant.offset());
        }
        return true;
    }

    private Behavior<Command> onFreed(long pfn) {
        list = list.freed(spec().offsetOf(pfn));
        return this;
    }

    private Behavior<Command> onIdle(Idle told) {
        return told.idle ? onFreed(told.head) : this;
    }

    private Behavior<Command> onFetch(Fetch fetch) {
        List<Out> users = byHead.getOrDefault(spec().geometry().headOf(fetch.pfn), List.of());
        fetched += users.stream().anyMatch(out -> !out.releasing) ? 1 : 0;
        List.copyOf(users).forEach(this::release);
        return this;
    }

    private Behavior<Command> onRevoked(Section.Revoked revoked) {
        Out out = grants.get(revoked.grabSequence());
        if (out != null) {
            over(out);
            answerFreeing(out, Refusal.REVOKED);
        }
        return this;
    }

    private Behavior<Command> onTieAnswer(Section.TieAnswer answer) {
        calls.close(answer.sequence());
        return this;
    }

    // ---- the rest

    private Behavior<Command> onAskAccount(AskAccount ask) {
        if (!attached) {
            return waitUntilAttached(ask);
        }
        FreeList now = list;
        ask.replyTo.tell(new Account(
                now.free(), now.out(), now.lingering(), granted, fetched, now.freedTwice(), now.freedEarly(), closed));
        return this;
    }

    /** Nobody answers any more, and there are no pages to keep account of. */
    private Behavior<Command> onDeviceGone() {
        closed = Refusal.DEAD;
        attached = true;
        for (SectionCalls.Call call : calls.lost(spec())) {
            if (call.purpose instanceof Asking asking) {
                refused(asking, Refusal.DEAD);
            } else if (call.purpose instanceof Out out) {
                answerFreeing(out, Refusal.DEAD);
            }
        }
        finding.values().forEach(waiting -> waiting.forEach(asking -> refused(asking, Refusal.DEAD)));
        finding.clear();
        List.copyOf(grants.values()).forEach(this::over);
        return onAttached(new Pgmap.DriverAttached(Refusal.DEAD));
    }

    private Behavior<Command> onClose() {
        closed = Refusal.CLOSED;
        calls.purposes().forEach(purpose -> {
            if (purpose instanceof Asking asking) {
                refuse(asking.request, Refusal.CLOSED);
            } else if (purpose instanceof Out out) {
                answerFreeing(out, Refusal.CLOSED);
            }
        });
        finding.values().forEach(waiting -> waiting.forEach(asking -> refuse(asking.request, Refusal.CLOSED)));
        beforeAttached.forEach(command -> {
            if (command instanceof Request request) {
                refuse(request, Refusal.CLOSED);
            }
        });
        return Behaviors.stopped();
    }

    private void tick() {
        if (!ticking) {
            ticking = true;
            timers.startSingleTimer(Retry.INSTANCE, wiring.limits().retryAfter());
        }
    }

    private Behavior<Command> onRetry() {
        ticking = false;
        calls.retry();
        if (!calls.idle()) {
            tick();
        }
        return this;
    }
}
