/** Files on device memory: entries, blocks, and how truncation takes pages away from a file (B31-B36, D8-D10). */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.dax;
