/** The section: who holds what on 128 MiB of pfns, and which requests it has already answered. */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.section;
