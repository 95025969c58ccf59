/**
 * The program {@code pagepool}: reads a command line or a scenario, runs it, and prints a result on standard output and
 * progress on standard error.
 */
@NullMarked
package org.pagepool.demo;

import org.jspecify.annotations.NullMarked;
