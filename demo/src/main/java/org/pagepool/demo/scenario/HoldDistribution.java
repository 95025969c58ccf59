package org.pagepool.demo.scenario;

import java.time.Duration;
import java.util.Locale;

/**
 * How long a walker keeps what it was granted.
 *
 * @param shape how the times are spread
 * @param min the shortest; what all are where the shape is {@code FIXED}
 * @param max the longest; an exponential time beyond it is cut there
 * @param mean the mean of exponential times before the cut; zero for the other shapes
 */
public record HoldDistribution(Shape shape, Duration min, Duration max, Duration mean) {
    /** Keeps what it has until it dies. */
    public static final HoldDistribution FOREVER =
            new HoldDistribution(Shape.FOREVER, Duration.ZERO, Duration.ZERO, Duration.ZERO);

    /** How times are spread. */
    public enum Shape {
        /** All of one length. */
        FIXED,
        /** Each length between the shortest and the longest equally likely. */
        UNIFORM,
        /** Many short, few long. */
        EXPONENTIAL,
        /** Without end. */
        FOREVER;

        /** As scenarios write it: {@code exponential}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** All of one length. */
    public static HoldDistribution fixed(Duration length) {
        return new HoldDistribution(Shape.FIXED, length, length, Duration.ZERO);
    }

    /** The next time, in ns; {@link Op#FOREVER} for without end. */
    long draw(Draws draws) {
        return switch (shape) {
            case FIXED -> min.toNanos();
            case UNIFORM -> min.toNanos() + draws.below(max.toNanos() - min.toNanos() + 1);
            case EXPONENTIAL -> exponential(draws.unit());
            case FOREVER -> Op.FOREVER;
        };
    }

    private long exponential(double unit) {
        double nanos = -StrictMath.log(1 - unit) * mean.toNanos();
        return (long) Math.min(nanos, (double) max.toNanos());
    }
}
