/**
 * The bytes in which events and states are stored, and their other form, JSON: one hand-made codec for each record, written
 * against {@link org.pagepool.persistence.codec.Out} and {@link org.pagepool.persistence.codec.In}, so that one list of fields
 * serves both.
 *
 * <p>What is stored must be readable for ever. So nothing here follows from the names of classes, the order of components or
 * the ordinals of enums: each form of a record has a number, a code and a version ({@link
 * org.pagepool.persistence.codec.Codecs}), each constant of an enum a number ({@link
 * org.pagepool.persistence.codec.EnumCodes}), and a form that was released once never changes.
 *
 * <p><b>To add a record</b> (an event, a snapshot): give it a line with the next free number and version 1 in one of the tables
 * of {@code EventCodecs} or {@code StateCodecs}; add the class to {@code serialization-bindings} in {@code reference.conf} if
 * actors persist it as such; add a sample to {@code Samples} of the tests. The tests then say what is missing: the new line of
 * {@code codes.txt}, and the golden file.
 *
 * <p><b>To change a record</b> that was released: leave its line as it is, but for a reader that fills in what is new, and add a
 * second line with the next free number, the same code and the next version. The last version of a code is the one that is
 * written. Values without a line of their own ({@code Parts}: a run, a holding) belong to each record they are part of: a changed
 * one gets a new part, and each of those records a new version. A new constant of an enum gets the next free number in
 * {@code EnumTables}.
 */
@NullMarked
package org.pagepool.persistence.codec;

import org.jspecify.annotations.NullMarked;
