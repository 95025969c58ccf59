/**
 * Logs as files, and everything else rows can be read from: one sequence of {@link org.pagepool.persistence.log.LogRow}s in their
 * global order, whatever they lie in. The formats are described in {@code docs/log-format.md}.
 */
@NullMarked
package org.pagepool.persistence.log;

import org.jspecify.annotations.NullMarked;
