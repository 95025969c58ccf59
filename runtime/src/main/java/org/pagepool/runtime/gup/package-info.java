/** Page tables and walks: from a virtual range to entries, from entries to runs of heads, and back when it fails. */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.gup;
