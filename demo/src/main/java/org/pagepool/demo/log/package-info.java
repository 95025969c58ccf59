/** {@code pagepool log}: looks into event logs, writes them as files and into journals, and looks for damage. */
@NullMarked
package org.pagepool.demo.log;

import org.jspecify.annotations.NullMarked;
