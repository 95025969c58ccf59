package org.pagepool.demo.gup;

/**
 * The grabs of a walker's lap, as the floors make them without a walk: for each call one for each head it touches, of as many
 * references as it has pages there, or more and smaller ones where the protocol's batching is smaller.
 *
 * @param route where the walker goes
 * @param headOrder log2 of the base pages of a head
 * @param step the most references of one grab, a power of two; grabs begin at its multiples
 */
record FloorGrabs(GupRoute route, int headOrder, int step) {
    /** The head that the grab of page {@code at} asks, counted from the begin of the range. */
    int head(long at) {
        return (int) (at >> headOrder);
    }

    /** The page behind the grab that begins at page {@code at}, in a call that ends at {@code end}. */
    long next(long at, long end) {
        return Math.min(end, (at & -(long) step) + step);
    }

    /** Grabs of that call. */
    long in(long call) {
        return (route.end(call) - 1) / step - route.first(call) / step + 1;
    }

    /** Grabs of a lap. */
    long inAll() {
        long sum = 0;
        for (long call = 0; call < route.calls(); call++) {
            sum += in(call);
        }
        return sum;
    }
}
