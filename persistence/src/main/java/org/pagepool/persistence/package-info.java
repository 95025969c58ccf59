/**
 * What survives a crash: the actors as event-sourced behaviours, the bytes their events are stored as, the journals
 * that keep them, and the replay that turns a log back into states.
 */
@NullMarked
package org.pagepool.persistence;

import org.jspecify.annotations.NullMarked;
