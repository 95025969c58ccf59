/** {@code pagepool conform}: every row of the protocol as checks, in every era, and the document made of it. */
@NullMarked
package org.pagepool.demo.conform;

import org.jspecify.annotations.NullMarked;
