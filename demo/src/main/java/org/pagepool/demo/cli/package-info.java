/**
 * What every command shares: streams and what they lead to, options, exit statuses, progress, tables and JSON.
 */
@NullMarked
package org.pagepool.demo.cli;

import org.jspecify.annotations.NullMarked;
