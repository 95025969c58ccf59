/** {@code pagepool gup-test}: the kernel's {@code gup_test} on a pool, with the same letters. */
@NullMarked
package org.pagepool.demo.gup;

import org.jspecify.annotations.NullMarked;
