/** The head of a compound page: refcount, pincount, mapcount, and the only place where they change. */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.head;
