/**
 * Page metadata: what the records of a device's pages cost, which of their storage is shared, and what the records of a
 * compound page say (seed 004, rows B14 to B16 and B44 to B51).
 */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.vmemmap;
