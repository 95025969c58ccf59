/** The pool for Java callers who want completion stages instead of messages. Everything here is safe for any thread. */
@org.jspecify.annotations.NullMarked
package org.pagepool.actors.api;
