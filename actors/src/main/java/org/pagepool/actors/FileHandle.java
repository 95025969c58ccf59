package org.pagepool.actors;

import akka.actor.typed.ActorRef;

/**
 * A file that can be mapped.
 *
 * @param name its name, unique in the pool
 * @param device where its blocks are
 * @param ref whom to ask
 */
public record FileHandle(String name, PgmapHandle device, ActorRef<DaxFile.Command> ref) {}
