package org.pagepool.demo.conform;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.Section;
import org.pagepool.actors.api.Device;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.Run;

/**
 * A holder that asks one section itself, without walk or mapping, for as many references of a head as it likes. It lives
 * until its scene ends or it {@link #exit}s.
 */
final class Hog {
    private enum Exit {
        INSTANCE
    }

    private final Scene scene;
    private final String name;
    private final Device device;
    private final ActorRef<Section.Command> section;
    private final ActorRef<Object> ref;
    private final BlockingQueue<Section.ToHolder> answers = new LinkedBlockingQueue<>();
    private long sequence;

    Hog(Scene scene, String name, Device device, long pfn) {
        this.scene = scene;
        this.name = name;
        this.device = device;
        int number = device.spec().sectionOf(pfn);
        Pgmap.SectionsFound found = scene.get(AskPattern.<Pgmap.Command, Pgmap.SectionsFound>ask(
                device.ref(),
                replyTo -> new Pgmap.FindSections(number, number, replyTo),
                Scene.SOON,
                scene.pool().system().scheduler()));
        if (found.sections().isEmpty()) {
            throw new CheckFailure("a section to ask", "one", String.valueOf(found.refusal()));
        }
        section = found.sections().get(0);
        ref = scene.pool().system().systemActorOf(mailbox(), scene.unique(name), Props.empty());
    }

    private Behavior<Object> mailbox() {
        return Behaviors.receive(Object.class)
                .onMessage(Section.ToHolder.class, answer -> {
                    answers.add(answer);
                    return Behaviors.same();
                })
                .onMessage(Exit.class, exit -> Behaviors.stopped())
                .build();
    }

    /** Asks for {@code refs} references of one head. */
    Section.GrabAnswer grab(GrabKind kind, long head, int refs) {
        sequence++;
        section.tell(new Section.Grab(
                name, ref.narrow(), sequence, sequence, kind, List.of(new Run(head, 1, refs)), Integer.MAX_VALUE));
        return answer(Section.GrabAnswer.class);
    }

    /** The same, where it must be granted. */
    Section.GrabAnswer granted(GrabKind kind, long head, int refs) {
        Section.GrabAnswer answer = grab(kind, head, refs);
        scene.expect("refusal of " + refs + " references by " + kind, null, answer.refusal());
        return answer;
    }

    /** Gives all of {@code granted} back as {@code kind}. */
    Section.ReleaseAnswer release(GrabKind kind, Section.GrabAnswer granted) {
        sequence++;
        section.tell(new Section.Release(
                name, ref.narrow(), sequence, sequence, name, granted.sequence(), kind, List.of(), ReleaseCause.PUT));
        return answer(Section.ReleaseAnswer.class);
    }

    /** The same, where it must be accepted; returns how many references went back. */
    long released(GrabKind kind, Section.GrabAnswer granted) {
        Section.ReleaseAnswer answer = release(kind, granted);
        Refusal refusal = answer.refusal();
        scene.expect("refusal to take references back", null, refusal);
        return answer.refs();
    }

    /** Everything its section knows of the page {@code pfn}. */
    Section.PageShown page(long pfn) {
        return scene.get(AskPattern.<Section.Command, Section.PageShown>ask(
                section,
                replyTo -> new Section.AskPage(pfn, replyTo),
                Scene.SOON,
                scene.pool().system().scheduler()));
    }

    /** Ties {@code head} to {@code file}. */
    Section.TieAnswer tie(String file, long head, long index) {
        sequence++;
        section.tell(
                new Section.Tie(name, ref.narrow(), sequence, sequence, file, List.of(new Run(head, 1, 1)), index));
        return answer(Section.TieAnswer.class);
    }

    /** Dies, as a process would: what it holds is released. */
    void exit() {
        ref.tell(Exit.INSTANCE);
    }

    /** Dies, and waits until its section has released what it held. */
    void gone() throws Exception {
        exit();
        scene.until("what " + name + " held is released", () -> scene.heldBy(device, name) == 0);
    }

    private <T extends Section.ToHolder> T answer(Class<T> type) {
        try {
            Section.ToHolder answer = answers.poll(Scene.SOON.toMillis(), TimeUnit.MILLISECONDS);
            if (type.isInstance(answer)) {
                return type.cast(answer);
            }
            throw new CheckFailure("the section's answer to " + name, type.getSimpleName(), String.valueOf(answer));
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new CheckFailure("interrupted");
        }
    }
}
