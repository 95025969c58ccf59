/** What a driver keeps of its device's pages: which are its own, which are out (B37, section 2.1). */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.driver;
