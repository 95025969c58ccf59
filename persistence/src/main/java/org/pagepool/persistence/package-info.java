/**
 * What survives a crash: the logs of the actors as event-sourced behaviours, the bytes their events are stored as, the journals
 * that keep them, and logs as files.
 */
@NullMarked
package org.pagepool.persistence;

import org.jspecify.annotations.NullMarked;
