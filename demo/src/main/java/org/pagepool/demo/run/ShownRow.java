package org.pagepool.demo.run;

import org.pagepool.demo.conform.ConformTable;
import org.pagepool.demo.conform.Row;

/**
 * A row of the protocol that a scenario shows, with what the conformance table says of it.
 *
 * @param id {@code B38}
 * @param name the field's word for it
 * @param rule in one sentence
 */
record ShownRow(String id, String name, String rule) {
    /** That row. */
    static ShownRow of(String id) {
        return ConformTable.rows().stream()
                .filter(row -> row.id().equals(id))
                .findFirst()
                .map(ShownRow::of)
                .orElseGet(() -> new ShownRow(id, "", ""));
    }

    private static ShownRow of(Row row) {
        return new ShownRow(row.id(), row.name(), row.rule());
    }

    /** {@code B38 zone_device_page_init: what landed instead ...}. */
    @Override
    public String toString() {
        String named = id + (name.isEmpty() ? "" : " " + name);
        return rule.isEmpty() ? named : named + ": " + rule;
    }
}
