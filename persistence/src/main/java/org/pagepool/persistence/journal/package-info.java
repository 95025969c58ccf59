/** What every journal has in common: rows as they are stored, ways to read them without an actor system, and what can go wrong. */
@NullMarked
package org.pagepool.persistence.journal;

import org.jspecify.annotations.NullMarked;
