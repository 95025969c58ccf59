/** {@code pagepool replay}: what a log says happened, to any point of it: state, verdict, stories, differences, other rules. */
@NullMarked
package org.pagepool.demo.replay;

import org.jspecify.annotations.NullMarked;
