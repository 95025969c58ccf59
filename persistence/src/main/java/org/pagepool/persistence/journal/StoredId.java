package org.pagepool.persistence.journal;

/**
 * Who has written into a journal.
 *
 * @param persistenceId the writer
 * @param highest the highest number it has used, also if that event was deleted since
 */
public record StoredId(String persistenceId, long highest) {}
