/** Teardown as a state machine: kill, zap, drop base references, wait, clean up. */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.teardown;
