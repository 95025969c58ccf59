package org.pagepool.runtime.section;

import java.util.List;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.page.Run;

/**
 * What is left of one granted request.
 *
 * @param kind what the references are for
 * @param runs the heads and how many references each, sorted, never empty
 * @param epoch the owner of the section that granted them
 * @param sinceNanos when they were granted
 */
public record Held(GrabKind kind, List<Run> runs, long epoch, long sinceNanos) {}
