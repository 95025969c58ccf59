package org.pagepool.bench;

import static org.pagepool.bench.Calls.join;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.Section;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Run;

/**
 * One section asks some of its heads for 512 pins each, answers, and gives them back: what a walk does in each section, without the
 * walk; varies how many heads are asked.
 *
 * <p>{@code java -jar src/bench/target/pagepool-bench.jar SectionBench -prof gc}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SectionBench {
    private static final int REFS = 512;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Heads that are asked; a section has 64 of 2 MiB. */
    @Param({"1", "64"})
    public int heads;

    @SuppressWarnings("NullAway.Init")
    private Pool pool;

    @SuppressWarnings("NullAway.Init")
    private ActorRef<Object> holder;

    /** Maps a device of one section. */
    @Setup
    public void map() {
        pool = Pool.start();
        Device device = join(pool.map(DeviceSpec.of("pmem0", 128L << 20)));
        int number = device.spec().sectionOf(device.spec().pfnAt(0));
        Pgmap.SectionsFound found = join(AskPattern.<Pgmap.Command, Pgmap.SectionsFound>ask(
                device.ref(),
                replyTo -> new Pgmap.FindSections(number, number, replyTo),
                PATIENCE,
                pool.system().scheduler()));
        Run run = new Run(device.spec().pfnAt(0), heads, REFS);
        holder = pool.system()
                .systemActorOf(Holder.create(found.sections().get(0), List.of(run)), "holder", Props.empty());
    }

    /** Grabs and releases. */
    @Benchmark
    public long grabAndRelease() {
        CompletableFuture<Long> done = new CompletableFuture<>();
        holder.tell(new Go(done));
        return join(done);
    }

    /** Ends the pool. */
    @TearDown
    public void close() {
        pool.close();
    }

    /** Once, please; completes with the references given back. */
    private record Go(CompletableFuture<Long> done) {}

    /** Takes the section's answers as they are, so that no adapter is measured. */
    private static final class Holder extends AbstractBehavior<Object> {
        private static final String NAME = "bench";

        private final ActorRef<Section.Command> section;
        private final ActorRef<Section.ToHolder> self;
        private final List<Run> runs;
        private CompletableFuture<Long> done = new CompletableFuture<>();
        private long sequence;

        static Behavior<Object> create(ActorRef<Section.Command> section, List<Run> runs) {
            return Behaviors.setup(context -> new Holder(context, section, runs));
        }

        private Holder(ActorContext<Object> context, ActorRef<Section.Command> section, List<Run> runs) {
            super(context);
            this.section = section;
            this.self = context.getSelf().narrow();
            this.runs = runs;
        }

        @Override
        public Receive<Object> createReceive() {
            return newReceiveBuilder()
                    .onMessage(Go.class, this::onGo)
                    .onMessage(Section.GrabAnswer.class, this::onGrabAnswer)
                    .onMessage(Section.ReleaseAnswer.class, this::onReleaseAnswer)
                    .build();
        }

        private Behavior<Object> onGo(Go go) {
            done = go.done;
            sequence++;
            section.tell(new Section.Grab(NAME, self, sequence, sequence, GrabKind.PIN, runs, REFS));
            return this;
        }

        private Behavior<Object> onGrabAnswer(Section.GrabAnswer answer) {
            if (answer.refusal() != null) {
                done.completeExceptionally(new IllegalStateException("refused: " + answer.refusal()));
                return this;
            }
            long grab = sequence++;
            section.tell(new Section.Release(
                    NAME, self, sequence, sequence, NAME, grab, GrabKind.PIN, List.of(), ReleaseCause.PUT));
            return this;
        }

        private Behavior<Object> onReleaseAnswer(Section.ReleaseAnswer answer) {
            done.complete(answer.refs());
            return this;
        }
    }
}
