/** Device-dax: the life of a region around its pgmap, the sizes of its faults, and how a fault ties pages to the device's file. */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.devdax;
