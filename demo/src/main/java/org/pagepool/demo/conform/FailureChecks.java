package org.pagepool.demo.conform;

import java.util.List;

/** Poisoned pages. Row B39. */
final class FailureChecks {
    private FailureChecks() {}

    /** The rows, in any order. */
    static List<Row> rows() {
        return List.of(Row.of("B39", "memory_failure")
                .rule(
                        "A poisoned page: found by pfn, its driver asked first, the head marked, users told with the address of their page")
                .holds("a pin has no address to signal: holders are named in the report")
                .where("MemoryFailure#refuses", "MemoryFailure#unmap", "FailureHandler#create", "Section#onPoison")
                .tests(
                        "HandOutTest#shouldMarkTheHeadOfAPoisonedTail",
                        "PoisonTest#shouldTellWhoeverMapsTheTail",
                        "PoisonTest#shouldNotMapAPoisonedPageAgain",
                        "PoisonTest#shouldRefuseDriverMemory",
                        "PoisonTest#shouldFindNobodyForPagesThatAreNone",
                        "PoisonTest#shouldAskTheDriverFirst",
                        "PoisonTest#shouldHoldThePgmapWhileItIsHandled")
                .check("a tail leads to its head, and to its own place in the file", StepChecks::tailLeadsToHead)
                .check("the largest entry is unmapped, by its length", StepChecks::unmappedByLength)
                .check("driver memory is left to its driver", StepChecks::driverMemory)
                .check(
                        "on a pool: the process hears the address of the tail, and loses one entry",
                        DevDaxChecks::tailReachesItsHead)
                .check("on a pool: the driver is asked first", DevDaxChecks::driverIsAskedFirst));
    }
}
