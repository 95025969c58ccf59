/**
 * {@code pagepool run}: plays a scenario on a pool, follows what happens, and says what came of it.
 *
 * <p>{@link org.pagepool.demo.run.ScenarioRun} sets the pool up and takes it down; in between one {@link
 * org.pagepool.demo.run.Conductor} leads one {@link org.pagepool.demo.run.Driver} per walker. All of these are actors that
 * only send messages to the pool's own; no thread waits for a walk.
 */
@NullMarked
package org.pagepool.demo.run;

import org.jspecify.annotations.NullMarked;
