package org.pagepool.runtime.dax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The lock of a file: many faults or one truncation, and no stream of faults that starves one. */
class FaultLockTest {
    @Test
    void faultsShouldShareIt() {
        FaultLock two = FaultLock.FREE.share().share();
        assertEquals(2, two.readers());
        assertTrue(two.admitsFault());
    }

    @Test
    void aTruncationShouldWaitForFaultsAndKeepNewcomersOut() {
        FaultLock wanted = FaultLock.FREE.share().want();
        assertFalse(wanted.writer());
        assertFalse(wanted.admitsFault());
        assertThrows(IllegalStateException.class, wanted::share);
        FaultLock had = wanted.unshare().grant();
        assertTrue(had.writer());
        assertEquals(FaultLock.FREE, had.release());
    }

    @Test
    void aTruncationShouldHaveItAtOnceWhenNobodyElseHas() {
        assertTrue(FaultLock.FREE.want().writer());
        assertThrows(IllegalStateException.class, () -> FaultLock.FREE.want().want());
    }

    @Test
    void oneThatGivesUpShouldLeaveItToTheFaults() {
        assertEquals(FaultLock.FREE.share(), FaultLock.FREE.share().want().release());
    }

    @Test
    void nobodyShouldLetGoOfWhatHeDoesNotHave() {
        assertThrows(IllegalStateException.class, FaultLock.FREE::unshare);
    }
}
