/** The one event language: what the journal stores, the auditor judges, the report counts and the log exports. */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.event;
