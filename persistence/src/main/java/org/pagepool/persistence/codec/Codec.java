package org.pagepool.persistence.codec;

/**
 * One form in which a record is stored.
 *
 * @param number of this form; never used for another
 * @param code name of the record in manifests and in JSON
 * @param version of the form, from 1
 * @param type the record
 * @param part its fields
 */
public record Codec<T>(int number, String code, int version, Class<T> type, Part<T> part) {
    /** A form. */
    static <T> Codec<T> of(int number, String code, int version, Class<T> type, Part.Put<T> put, Part.Get<T> get) {
        return new Codec<>(number, code, version, type, new Part<>(put, get));
    }

    /** {@code batch:1}. */
    public String manifest() {
        return code + ":" + version;
    }
}
