/** {@code pagepool vmemmap}: what page metadata costs a kernel, and what the same device costs this process. */
@NullMarked
package org.pagepool.demo.vmemmap;

import org.jspecify.annotations.NullMarked;
