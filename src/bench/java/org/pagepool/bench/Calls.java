package org.pagepool.bench;

import java.util.concurrent.CompletionStage;

/** How benchmarks, which may wait, call a pool, which never does. */
final class Calls {
    private Calls() {}

    /** Waits for an answer. */
    static <T> T join(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }
}
