/** What owners write down together, so that it survives them: the unit of every journal and log. */
@NullMarked
package org.pagepool.runtime.journal;

import org.jspecify.annotations.NullMarked;
