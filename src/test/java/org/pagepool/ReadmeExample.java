package org.pagepool;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.pagepool.actors.GupWalker;
import org.pagepool.actors.Pgmap;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Pool;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;

/** The example of the README, word for word between the two marks; {@link ReadmeTest} runs it and compares. */
final class ReadmeExample {
    private ReadmeExample() {}

    static void run(PrintStream out) {
        // README: begin
        try (Pool pool = Pool.start()) {
            Device pmem = join(pool.map(DeviceSpec.of("pmem0", 16L << 30))); // 16 GiB in heads of 2 MiB
            Space vm = join(pool.openSpace("vm1"));
            join(vm.map(pmem));
            Walker w7 = join(pool.openWalker("w7", vm));

            GupWalker.Walked walked = join(w7.pin(0, 4_194_304)); // every page, from virtual page 0 on
            out.println(walked.pages() + " pages pinned with " + walked.headGrabs() + " grabs");

            if (join(pmem.closeIfIdle()) instanceof Pgmap.Busy busy) {
                out.println("not idle: " + busy.holders());
            }

            CompletionStage<Pgmap.CloseAnswer> closing = pmem.closeWhenIdle(Duration.ofSeconds(5));
            out.println(join(w7.unpin(walked.pin())) + " pins given back");
            if (join(closing) instanceof Pgmap.Closed closed) {
                out.println(closed.pgmap() + " cleaned up");
            }
        }
        // README: end
    }

    private static <T> T join(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }
}
