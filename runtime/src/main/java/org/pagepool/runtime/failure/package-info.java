/** Memory failure: what a page with an error that cannot be corrected comes to, and who has to be told (B39). */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.failure;
