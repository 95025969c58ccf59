package org.pagepool.runtime.event;

/**
 * What one holder holds of one pgmap.
 *
 * @param holder its name
 * @param gets references from FOLL_GET
 * @param pins references from FOLL_PIN
 * @param maps references of page-table entries
 * @param requests pages handed out to it
 * @param sinceNanos when the oldest of them was granted, on the pool's clock
 */
public record Holding(String holder, long gets, long pins, long maps, long requests, long sinceNanos) {
    /** One who was handed no page out. */
    public Holding(String holder, long gets, long pins, long maps, long sinceNanos) {
        this(holder, gets, pins, maps, 0, sinceNanos);
    }

    /** References of every kind. */
    public long refs() {
        return gets + pins + maps + requests;
    }

    /** Both, seen as one holding; used to sum over sections. */
    public Holding plus(Holding other) {
        return new Holding(
                holder,
                gets + other.gets,
                pins + other.pins,
                maps + other.maps,
                requests + other.requests,
                Math.min(sinceNanos, other.sinceNanos));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(holder).append(" (");
        String separator = "";
        if (gets > 0) {
            text.append(gets).append(" gets");
            separator = ", ";
        }
        if (pins > 0) {
            text.append(separator).append(pins).append(" pins");
            separator = ", ";
        }
        if (maps > 0) {
            text.append(separator).append(maps).append(" mappings");
            separator = ", ";
        }
        if (requests > 0) {
            text.append(separator).append(requests).append(" pages handed out");
        }
        return text.append(')').toString();
    }
}
