package org.pagepool.demo.scenario;

/** What a key of a scenario holds. */
enum Kind {
    /** Any text. */
    TEXT("a text"),
    /** The name of something else in the scenario. */
    NAME("a name"),
    /** A whole number within bounds. */
    COUNT("a whole number"),
    /** True or false. */
    BOOLEAN("true or false"),
    /** One of some words. */
    CHOICE("a word"),
    /** Bytes, see {@link Sizes}. */
    SIZE("a size such as 16GiB"),
    /** A byte address: a size, or hexadecimal. */
    ADDRESS("an address such as 16GiB or 0x400000000"),
    /** The number of a base page, decimal or hexadecimal. */
    PFN("a page number such as 0x880000"),
    /** See {@link Durations}. */
    DURATION("a duration such as 5s"),
    /** See {@link Moment}. */
    MOMENT("a time such as 2s or 50%"),
    /** A size, or an object that describes a distribution of sizes. */
    SIZES("a size such as 2MiB, or an object"),
    /** A duration, {@code forever}, or an object that describes a distribution of durations. */
    HOLDS("a duration such as 5ms, forever, or an object"),
    /** The name of a preset, or an object with {@code preset} and switches. */
    PROTOCOL("a preset such as pagepool, or an object"),
    /** An object with known keys. */
    OBJECT("an object"),
    /** An object whose keys are names that the user gives. */
    NAMED("an object with a name for each entry"),
    /** A list of objects. */
    LIST("a list of objects"),
    /** The number of a row of the protocol, see {@link Rows}. */
    ROW("a row such as B38"),
    /** A list of words, or of rows. */
    WORDS("a list"),
    /** An object that is laid over the whole scenario. */
    OVERLAY("an object with any keys of a scenario");

    private final String wanted;

    Kind(String wanted) {
        this.wanted = wanted;
    }

    /** For messages. */
    String wanted() {
        return wanted;
    }
}
