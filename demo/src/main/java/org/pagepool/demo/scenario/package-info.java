/**
 * What a run does, written down: scenario files are read and checked here, every default is filled in, and the workload
 * follows from the seed alone. Nothing here runs anything.
 */
@NullMarked
package org.pagepool.demo.scenario;

import org.jspecify.annotations.NullMarked;
