/** Events for people: in words, and by whom and what they are about. */
@NullMarked
package org.pagepool.demo.event;

import org.jspecify.annotations.NullMarked;
