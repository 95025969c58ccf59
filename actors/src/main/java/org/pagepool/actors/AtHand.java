package org.pagepool.actors;

import akka.actor.ActorCell;
import akka.actor.LocalActorRef;
import akka.actor.typed.ActorRef;
import akka.actor.typed.internal.adapter.ActorAdapter;
import akka.actor.typed.internal.adapter.ActorRefAdapter;
import akka.dispatch.Mailbox;
import org.jspecify.annotations.Nullable;

/**
 * Heads side by side that are about to be told something, read once before they are. A head is some seven objects of Akka's, each found
 * through the one before it, and when there are more of them than a processor's caches hold, telling one means waiting for memory several
 * times in a row. Here all of them are known beforehand, so that the processor fetches many at the same time.
 *
 * <p>It changes nothing but when memory is read, and knows Akka's inside: a head that does not look as it should is left out, and
 * told as ever. Confined to the section.
 */
final class AtHand {
    private static final int PARTS = 7;

    private final @Nullable Object[] parts;
    private int partsRead;

    /** Of that many heads, of which none is known yet. */
    AtHand(int heads) {
        this.parts = new Object[heads * PARTS];
    }

    /**
     * Reads what is known of them, and gets to know those that have answered all they were asked: what they have become on their
     * own threads is there for this one to see, and they do nothing.
     *
     * @param refs all of them, null for one that is no actor
     * @param underWay what each of them has been asked and has not answered
     */
    void read(@Nullable ActorRef<?>[] refs, int[] underWay) {
        int found = 0;
        for (int at = 0; at < refs.length; at++) {
            int from = at * PARTS;
            if (parts[from] == null) {
                if (underWay[at] == 0) {
                    know(from, refs[at]);
                }
                continue;
            }
            for (int i = from; i < from + PARTS; i++) {
                found += parts[i].getClass() == AtHand.class ? 0 : 1; // its class is written where it lies
            }
        }
        partsRead = found; // what nobody keeps would not be read at all
    }

    /** How many were read the last time. */
    int known() {
        return partsRead / PARTS;
    }

    /** That one is no actor any more. */
    void forget(int at) {
        for (int i = at * PARTS; i < (at + 1) * PARTS; i++) {
            parts[i] = null;
        }
    }

    private void know(int from, @Nullable ActorRef<?> ref) {
        if (!(ref instanceof ActorRefAdapter<?> adapted) || !(adapted.classicRef() instanceof LocalActorRef local)) {
            return;
        }
        ActorCell cell = local.underlying();
        if (cell.actor() instanceof ActorAdapter<?> actor) {
            Mailbox mailbox = cell.mailbox();
            Object[] found = {local, cell, mailbox, mailbox.messageQueue(), actor, actor.ctx(), actor.currentBehavior()
            };
            System.arraycopy(found, 0, parts, from, PARTS);
        }
    }
}
