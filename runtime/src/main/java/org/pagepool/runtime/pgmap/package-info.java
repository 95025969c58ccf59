/** The device page map: its description, its reference gate, its life, and the lookup by pfn. */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.pgmap;
