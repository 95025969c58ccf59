package org.pagepool.demo.conform;

import java.util.List;

/** The life of one page: in use, free, and what the put that frees it sets off. Rows B1 to B5. */
final class LifecycleChecks {
    private LifecycleChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(
                Row.of("B1", "put_devmap_managed_page")
                        .rule(
                                "A put on a page of a managed type looks at what it leaves: 1 means free, 0 gives the pgmap its reference back, more means nothing")
                        .eras("E1 to E3")
                        .skip("no such rule from v6.15 on: pages are free at 0", Era.E4)
                        .partly(
                                "E1 is there, with the types it manages; missing: the eras in which only file pages are managed (E2, E3)")
                        .where("HeadState#announces", "Protocol#noticesFree", "Section#pageRefs")
                        .tests(
                                "ProtocolTest#shouldNotNoticeDeviceDaxPagesThatIdleAtOne",
                                "HeadStateTest#shouldAnnounceOnlyTheIdleCount",
                                "ConformanceTest#shouldTearDownInOrder"),
                Row.of("B2", "page_is_devmap_managed")
                        .rule(
                                "Asking whether a type is managed, deciding what a put means, and acting on it are three steps; with no managed pgmap alive all of it is skipped")
                        .eras("E1, from v5.6")
                        .skip("no such step before v5.6", Era.presets("v5.5"))
                        .skip("no such rule from v5.18 on", Era.E2, Era.E3, Era.E4)
                        .partly(
                                "the three steps are apart, and asking changes nothing; missing: the shortcut for pools without a managed pgmap")
                        .where("Protocol#noticesFree", "HeadState#announces", "Section#tellIdle")
                        .tests("HeadStateTest#shouldAnnounceOnlyTheIdleCount"),
                Row.of("B3", "free_devmap_managed_page")
                        .rule(
                                "A driver's page that became free is scrubbed and handed to its driver; for other managed types only the waiters are told")
                        .eras("E1")
                        .skip("no such rule from v5.18 on", Era.E2, Era.E3, Era.E4)
                        .partly(
                                "waiters are told and the notice is an event; missing: the scrubbing (flags, charge, mapping) and the driver's callback, which come with the operations a user supplies for a device")
                        .where("Section#tellIdle", "Head#onPut")
                        .tests(
                                "ConformanceTest#shouldTellTheWaiterHoweverThePageBecameIdle",
                                "PoolTest#aWatchShouldEndWhenTheHeadIsIdleAndNotBefore"),
                Row.of("B4", "free_zone_device_page")
                        .rule(
                                "On the way from 1 to 0 a device page is cleaned, then handled by type; driver memory goes to its driver first and then gives its pgmap reference back")
                        .eras("E2 to E4")
                        .skip("no such rule before v5.18", Era.E1)
                        .partly(
                                "the notice at 0, and the pgmap reference a page holds while it is in use; missing: cleaning, callbacks by type, the reset to 1 of E2")
                        .where("HeadState#announces", "Section#pageRefs", "Protocol#pageHoldsPgmapRef")
                        .tests(
                                "HeadStateTest#shouldAnnounceOnlyTheIdleCount",
                                "ConformanceTest#shouldWaitForPinsOrBeFoundOut"),
                Row.of("B5", "count of 1 is stable")
                        .rule(
                                "That a page at 1 is held by nobody and stays there is not true while walks are under way")
                        .eras("E1 to E3")
                        .skip("no such rule from v6.15 on: pages are free at 0", Era.E4)
                        .holds("nothing relies on it; a late walk still gets a page that idles at 1")
                        .where("HeadState#refuses")
                        .tests("ConformanceTest#shouldAnnounceAPageTwiceOnlyWhereALateWalkCanStillGetIt"));
    }
}
