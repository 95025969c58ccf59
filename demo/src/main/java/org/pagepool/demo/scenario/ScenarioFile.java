package org.pagepool.demo.scenario;

import java.util.List;

/**
 * What one scenario file asks for.
 *
 * @param file the file, as the user named it
 * @param name the scenario's name
 * @param description for readers; may be empty
 * @param runs one run, or one for each variant, to be run one after another and shown side by side; never empty
 */
public record ScenarioFile(String file, String name, String description, List<Scenario> runs) {
    /** Copies the list. */
    public ScenarioFile {
        runs = List.copyOf(runs);
    }
}
