/** States out of logs: what the pool knew at any point of a history, rebuilt by the functions that the pool itself uses. */
@NullMarked
package org.pagepool.persistence.replay;

import org.jspecify.annotations.NullMarked;
