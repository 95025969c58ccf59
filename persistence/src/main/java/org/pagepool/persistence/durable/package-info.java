/**
 * The actors' logs as journals: what an actor writes down is one event-sourced behaviour's event for each batch, and nobody hears
 * of it before it is written.
 */
@NullMarked
package org.pagepool.persistence.durable;

import org.jspecify.annotations.NullMarked;
