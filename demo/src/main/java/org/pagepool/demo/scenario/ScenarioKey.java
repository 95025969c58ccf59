package org.pagepool.demo.scenario;

/**
 * One key a scenario may have, as documented.
 *
 * @param path where it stands; {@code <device>} and the like stand for names, {@code []} for the entries of a list
 * @param value what it may be set to, with the unit
 * @param fallback what it is when it is left out; {@code required} if it may not be; in brackets where it is worked out
 * @param meaning one sentence
 */
public record ScenarioKey(String path, String value, String fallback, String meaning) {
    /** A row of the table in {@code docs/scenarios.md}. */
    public String markdown() {
        return "| `" + path + "` | " + value + " | " + (fallback.isEmpty() ? "" : quoted()) + " | " + meaning + " |";
    }

    private String quoted() {
        boolean prose = fallback.startsWith("(") || fallback.equals(Key.REQUIRED);
        return prose ? fallback : "`" + fallback + "`";
    }
}
