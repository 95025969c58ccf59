/** Pages by number: pfns, ranges, geometry, runs of heads. Values only; every other package builds on it. */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.page;
