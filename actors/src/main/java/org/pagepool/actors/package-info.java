/**
 * The protocol as actors: what {@code org.pagepool.runtime} decides is carried out here, and nothing is decided twice.
 * An actor of this package adds a mailbox, time, supervision and messages; counts and states stay values it asks.
 */
@NullMarked
package org.pagepool.actors;

import org.jspecify.annotations.NullMarked;
