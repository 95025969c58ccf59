/** Benchmarks. Build with {@code mvn -B -ntp -pl src/bench -am package}, run with the command each class names. */
@org.jspecify.annotations.NullMarked
package org.pagepool.bench;
