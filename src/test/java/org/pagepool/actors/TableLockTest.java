package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TableLockTest {
    private final TableLock lock = new TableLock();
    private final List<String> done = new ArrayList<>();

    private void follow(String walker, long question, long vpn, long end) {
        lock.share(walker, vpn, end, () -> {
            lock.lock(walker, question, vpn, end);
            done.add(walker);
        });
    }

    private void zap(String name, long vpn, long end) {
        lock.exclude(vpn, end, () -> done.add(name));
    }

    @Test
    @DisplayName("B28: what removes entries waits for the walks that follow one of them, and only for those")
    void shouldHoldBackAZapUntilTheLastWalkLetsGo() {
        follow("w1", 1, 0, 512);
        follow("w2", 1, 511, 600);

        zap("inside", 500, 501);
        zap("beside", 600, 700);
        zap("both", 511, 512);
        assertEquals(List.of("w1", "w2", "beside"), done);
        lock.unlock("w1", 1);
        assertEquals(List.of("w1", "w2", "beside", "inside"), done);
        lock.unlock("w2", 1);
        assertEquals(List.of("w1", "w2", "beside", "inside", "both"), done);
    }

    @Test
    void shouldLetAWalkWaitBehindTheZapThatCameFirst() {
        follow("w1", 1, 0, 512);
        zap("z1", 100, 200);
        follow("w2", 7, 150, 160);
        follow("w3", 1, 300, 310);
        zap("z2", 155, 156);
        assertEquals(List.of("w1", "w3"), done);

        lock.unlock("w1", 1);

        assertEquals(List.of("w1", "w3", "z1", "w2"), done, "the second zap waits for the walk before it");
        lock.unlock("w2", 7);
        assertEquals("z2", done.get(4));
    }

    @Test
    void shouldUnlockOnlyWhatWasAskedUnderThatNumber() {
        follow("w1", 1, 0, 10);
        follow("w1", 2, 0, 10);
        zap("z", 0, 1);
        lock.unlock("w1", 3);
        lock.unlock("w2", 1);
        lock.unlock("w1", 2);
        assertEquals(2, done.size());
        lock.unlock("w1", 1);
        assertEquals("z", done.get(2));
    }

    @Test
    @DisplayName("B28: a walker that is gone holds nothing and waits for nothing")
    void shouldForgetAWalkerThatIsGone() {
        follow("w1", 1, 0, 10);
        zap("z1", 0, 10);
        follow("w2", 1, 0, 10);
        lock.forget("w2");
        lock.forget("w1");
        assertEquals(List.of("w1", "z1"), done);
        zap("z2", 0, 10);
        assertEquals(3, done.size());
    }
}
