/**
 * The journal of a pool on several machines: Akka's JDBC journal on PostgreSQL. Here is what it leaves open: the tables, and
 * reading them without an actor system.
 */
@NullMarked
package org.pagepool.persistence.postgres;

import org.jspecify.annotations.NullMarked;
