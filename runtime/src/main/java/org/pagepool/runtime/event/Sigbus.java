package org.pagepool.runtime.event;

/**
 * What a process is told whose memory is poisoned (B39).
 *
 * @param space its address space
 * @param address of the poisoned base page in it, in bytes
 * @param lsb log2 of the bytes that are gone: the size of the entry that mapped it
 */
public record Sigbus(String space, long address, int lsb) {
    @Override
    public String toString() {
        return space + " at 0x" + Long.toHexString(address) + " lsb " + lsb;
    }
}
