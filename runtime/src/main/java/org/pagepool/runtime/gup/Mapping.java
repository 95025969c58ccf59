package org.pagepool.runtime.gup;

/**
 * An extent of a page table: neighbouring entries of one level, through which virtual and physical pages advance
 * together. However many entries it stands for, it is one object; a {@link PageTable} keeps extents as long as they can
 * be and refuses those that are no multiple of their entry size.
 *
 * @param vpn first virtual page number, in base pages
 * @param pfn the pfn mapped there
 * @param pages base pages, at least one
 * @param level the level of all of its entries
 * @param writable whether its entries permit writing
 * @param special whether its entries are marked as having no page behind them: a device's registers mapped by pfn. The CPU
 *     follows them, a walk must not (B17)
 */
public record Mapping(long vpn, long pfn, long pages, Level level, boolean writable, boolean special) {
    /** Refuses extents that map nothing or leave the range of page numbers. */
    public Mapping {
        if (vpn < 0 || pfn < 0 || pages <= 0 || vpn + pages < 0 || pfn + pages < 0) {
            throw new IllegalArgumentException("no such mapping: vpn=0x" + Long.toHexString(vpn) + " pfn=0x"
                    + Long.toHexString(pfn) + " pages=" + pages);
        }
    }

    /** With ordinary entries. */
    public Mapping(long vpn, long pfn, long pages, Level level, boolean writable) {
        this(vpn, pfn, pages, level, writable, false);
    }

    /** First virtual page behind it. */
    public long endVpn() {
        return vpn + pages;
    }

    /** True when it maps {@code at}. */
    public boolean covers(long at) {
        return at >= vpn && at < endVpn();
    }

    /** The pfn that {@code at} is mapped to; {@code at} must be covered. */
    public long pfnAt(long at) {
        return pfn + (at - vpn);
    }

    /** True when a page that both cover has the same entry in both: same pfn, same level, same permission, same mark. */
    public boolean translatesLike(Mapping other) {
        return pfn - vpn == other.pfn - other.vpn
                && level == other.level
                && writable == other.writable
                && special == other.special;
    }

    /** The part from {@code at} up to, not including, {@code end}. */
    Mapping part(long at, long end) {
        return at == vpn && end == endVpn() ? this : new Mapping(at, pfnAt(at), end - at, level, writable, special);
    }

    /** One with both, which follow each other and translate alike. */
    Mapping joined(Mapping next) {
        return new Mapping(vpn, pfn, pages + next.pages, level, writable, special);
    }

    @Override
    public String toString() {
        return "0x" + Long.toHexString(vpn) + "+" + pages + "->0x" + Long.toHexString(pfn) + " " + level
                + (writable ? " rw" : " ro") + (special ? " special" : "");
    }
}
