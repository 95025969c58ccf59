package org.pagepool.demo.run;

/**
 * Where several runs differ in what they allow.
 *
 * @param row the row of the protocol that it is about, or empty
 * @param text one sentence, with what was counted
 */
record Difference(String row, String text) {}
