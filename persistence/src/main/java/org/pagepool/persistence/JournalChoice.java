package org.pagepool.persistence;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.pagepool.persistence.journal.JournalReader;
import org.pagepool.persistence.postgres.PostgresAddress;
import org.pagepool.persistence.postgres.PostgresSchema;
import org.pagepool.persistence.postgres.PostgresStore;
import org.pagepool.persistence.rocks.RocksStore;

/** Where a pool keeps its events, chosen by the one setting {@code pagepool.journal.plugin}. */
public enum JournalChoice {
    /** In a directory of this machine. */
    ROCKS("pagepool.journal.rocks", "pagepool.snapshots.local"),
    /** In a database that all nodes of a cluster reach. */
    POSTGRES("pagepool.journal.postgres", "pagepool.snapshots.postgres");

    /** Sections that may come back at the same time; Akka's default of 50 makes a large device wait for its own sections. */
    private static final int RECOVERIES = 512;

    private static final String SHARED = "akka-persistence-jdbc.shared-databases.pagepool.";

    private final String plugin;
    private final String snapshots;

    JournalChoice(String plugin, String snapshots) {
        this.plugin = plugin;
        this.snapshots = snapshots;
    }

    /** What these settings choose. */
    public static JournalChoice of(Config config) {
        String name = config.getString("pagepool.journal.plugin");
        for (JournalChoice choice : values()) {
            if (choice.plugin.equals("pagepool.journal." + name)) {
                return choice;
            }
        }
        throw new IllegalArgumentException("pagepool.journal.plugin = " + name + "; want rocks or postgres");
    }

    /** Settings for RocksDB in that directory, with the snapshots beside it; to be put before others. */
    public static Config rocks(Path directory) {
        String path = directory.toAbsolutePath().normalize().toString();
        return settings(Map.of(
                "pagepool.journal.plugin",
                "rocks",
                "pagepool.journal.rocks.dir",
                path,
                "pagepool.snapshots.local.dir",
                path + "-snapshots"));
    }

    /** Settings for that database; to be put before others. */
    public static Config postgres(PostgresAddress address) {
        return settings(Map.of(
                "pagepool.journal.plugin", "postgres",
                "pagepool.journal.postgres.url", address.url(),
                "pagepool.journal.postgres.user", address.user(),
                "pagepool.journal.postgres.password", address.password()));
    }

    /**
     * Makes sure that the chosen journal can be used, and makes its tables where that is asked for. A directory is looked at when it
     * is opened, which only its writer may do.
     *
     * @return the settings an actor system of a pool starts with
     * @throws org.pagepool.persistence.journal.JournalUnavailableException with one line that says what is wrong
     */
    public static Config prepare(Config config) {
        JournalChoice choice = of(config);
        Map<String, Object> derived = new HashMap<>();
        derived.put("akka.persistence.journal.plugin", choice.plugin);
        derived.put("akka.persistence.snapshot-store.plugin", choice.snapshots);
        derived.put("akka.persistence.max-concurrent-recoveries", RECOVERIES);
        WarmUp.begin(choice == ROCKS ? RocksStore::loadLibrary : () -> {});
        if (choice == POSTGRES) {
            Config settings = config.getConfig(choice.plugin);
            PostgresAddress address = PostgresAddress.of(settings);
            if (settings.getString("schema").equals("create")) {
                PostgresSchema.createOrCheck(address);
            } else {
                PostgresSchema.check(address);
            }
            int connections = settings.getInt("connections");
            derived.put(SHARED + "db.url", address.url());
            derived.put(SHARED + "db.user", address.user());
            derived.put(SHARED + "db.password", address.password());
            derived.put(SHARED + "db.numThreads", connections);
            derived.put(SHARED + "db.maxConnections", connections);
            derived.put(SHARED + "db.minConnections", connections);
        }
        return settings(derived).withFallback(config);
    }

    /** Opens the chosen journal for reading, without an actor system. */
    public static JournalReader reader(Config config) {
        return switch (of(config)) {
            case ROCKS -> RocksStore.openReadOnly(Path.of(config.getString("pagepool.journal.rocks.dir")));
            case POSTGRES -> PostgresStore.openReadOnly(PostgresAddress.of(config.getConfig(POSTGRES.plugin)));
        };
    }

    /** The id of its journal plugin. */
    public String plugin() {
        return plugin;
    }

    /** The id of the snapshot store that goes with it. */
    public String snapshots() {
        return snapshots;
    }

    /** The id of its read journal. */
    public String query() {
        return plugin + ".query";
    }

    private static Config settings(Map<String, ?> values) {
        Config config = ConfigFactory.empty();
        for (Map.Entry<String, ?> value : values.entrySet()) {
            config = config.withValue(value.getKey(), ConfigValueFactory.fromAnyRef(value.getValue()));
        }
        return config;
    }
}
