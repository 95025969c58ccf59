/**
 * The journal of a pool on one machine: an Akka journal on RocksDB. Every acknowledgement comes after a forced write, many
 * writers share one, and all events have one order.
 */
@NullMarked
package org.pagepool.persistence.rocks;

import org.jspecify.annotations.NullMarked;
