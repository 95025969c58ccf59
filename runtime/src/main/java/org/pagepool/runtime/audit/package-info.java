/** The auditor: folds over a history of events and says which of the invariants I1-I9 and I12 held. */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.audit;
