package org.pagepool.actors;

/** What an actor is that writes down what happened and does not come back. */
enum NoState {
    /** The only one. */
    INSTANCE;

    /** An actor that is the same whatever happened. */
    static <T> Journals.Owner<T, NoState> owner(
            String id, java.util.function.Function<LogSignal, T> wrap, Journals.Birth<T, NoState> then) {
        return new Journals.Owner<>(id, INSTANCE, (state, batch) -> state, wrap, then, false);
    }
}
