package org.pagepool.demo.run;

/** The conductor's last word on how far it is, for whoever shows progress. Written by the conductor, read by anybody. */
final class Glance {
    private volatile String text = "setting up";

    void set(String now) {
        text = now;
    }

    String get() {
        return text;
    }
}
