/** What is known of a page besides its counts: whose it is, where in a file it lies, what it is charged to, poison. */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.record;
