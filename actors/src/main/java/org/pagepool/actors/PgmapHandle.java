package org.pagepool.actors;

import akka.actor.typed.ActorRef;
import org.pagepool.runtime.pgmap.PgmapSpec;

/**
 * What a lookup by pfn returns: the pgmap's description and its actor. Holding one is no reference (B6).
 *
 * @param spec what it is
 * @param ref whom to ask
 */
public record PgmapHandle(PgmapSpec spec, ActorRef<Pgmap.Command> ref) {}
