package org.pagepool.actors;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.pagepool.actors.PoolHarness.SOON;
import static org.pagepool.actors.PoolHarness.await;
import static org.pagepool.actors.PoolHarness.refused;

import akka.actor.typed.ActorRef;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pagepool.actors.api.Device;
import org.pagepool.actors.api.DeviceSpec;
import org.pagepool.actors.api.Driver;
import org.pagepool.actors.api.Space;
import org.pagepool.actors.api.Walker;
import org.pagepool.runtime.driver.Grant;
import org.pagepool.runtime.event.Event;
import org.pagepool.runtime.event.ReleaseCause;
import org.pagepool.runtime.head.GrabKind;
import org.pagepool.runtime.head.Refusal;
import org.pagepool.runtime.page.MemoryType;
import org.pagepool.runtime.protocol.Protocol;

/** A driver hands pages out by offset, gets them back when nobody holds them, and refuses what it has not. */
@DisplayName("B37, B38: hand-out and return")
class DriverTest {
    private static final long HEAD = 512;
    private static final int FOLIOS = 4;

    private static DeviceSpec spec(MemoryType type, Protocol protocol) {
        return DeviceSpec.of("gpu0", FOLIOS << 21).type(type).protocol(protocol);
    }

    private static Driver open(PoolHarness h, MemoryType type, Protocol protocol) {
        return await(h.pool.driver(h.map(spec(type, protocol))));
    }

    private static Grant granted(CompletionStage<org.pagepool.actors.Driver.Requested> answer) {
        org.pagepool.actors.Driver.Requested requested = await(answer);
        assertNull(requested.refusal());
        Grant grant = requested.grant();
        assertNotNull(grant);
        return grant;
    }

    private static @Nullable Refusal refusal(CompletionStage<org.pagepool.actors.Driver.Requested> answer) {
        return await(answer).refusal();
    }

    private static void awaitFree(Driver driver, long folios) {
        Awaitility.await()
                .atMost(SOON)
                .untilAsserted(
                        () -> assertEquals(folios, await(driver.account()).free()));
    }

    static Stream<Arguments> typesAndEras() {
        List<Arguments> all = new ArrayList<>();
        for (MemoryType type : List.of(MemoryType.PRIVATE, MemoryType.COHERENT, MemoryType.PCI_P2PDMA)) {
            for (Protocol protocol : Protocol.PRESETS) {
                all.add(Arguments.of(type, protocol));
            }
        }
        all.add(Arguments.of(MemoryType.FS_DAX, Protocol.REQUEST_FOLIO));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("typesAndEras")
    void shouldHandOutByOffsetAndHaveThePageBackWhenItIsFree(MemoryType type, Protocol protocol) {
        try (PoolHarness h = new PoolHarness()) {
            Driver driver = open(h, type, protocol);

            Grant any = granted(driver.request());
            Grant third = granted(driver.request(2 * HEAD));
            Grant next = granted(driver.request());
            assertAll(
                    () -> assertEquals(0, any.offset()),
                    () -> assertEquals(driver.device().spec().pfnAt(1024), third.pfn()),
                    () -> assertEquals(HEAD, next.offset()),
                    () -> assertEquals(1, await(driver.account()).free()),
                    () -> assertEquals(3, await(driver.account()).out()));

            await(driver.free(third));
            await(driver.free(any));
            awaitFree(driver, 3);
            assertEquals(0, granted(driver.request()).offset(), "the lowest is handed out again");
        }
    }

    @Test
    void shouldRefuseWhenNothingIsLeft() {
        try (PoolHarness h = new PoolHarness()) {
            Driver driver = open(h, MemoryType.COHERENT, Protocol.PAGEPOOL);
            List<Grant> all = new ArrayList<>();
            for (int i = 0; i < FOLIOS; i++) {
                all.add(granted(driver.request()));
            }
            assertEquals(Refusal.EMPTY, refusal(driver.request()));

            await(driver.free(all.get(1)));
            awaitFree(driver, 1);
            assertEquals(HEAD, granted(driver.request()).offset());
        }
    }

    @Test
    void shouldRefuseOffsetsAndOrdersTheDeviceDoesNotHave() {
        try (PoolHarness h = new PoolHarness()) {
            Driver driver = open(h, MemoryType.PRIVATE, Protocol.REQUEST_FOLIO);
            assertAll(
                    () -> assertEquals(Refusal.OUT_OF_RANGE, refusal(driver.request(FOLIOS * HEAD))),
                    () -> assertEquals(Refusal.OUT_OF_RANGE, refusal(driver.request(-2))),
                    () -> assertEquals(Refusal.WRONG_ORDER, refusal(driver.request(0, 0))),
                    () -> assertEquals(Refusal.WRONG_ORDER, refusal(driver.request(7))),
                    () -> assertEquals(FOLIOS, await(driver.account()).free()));
        }
    }

    @Test
    @DisplayName("D11, R33: a page in use is granted again as proposed, and refused as asked for in review")
    void shouldLeaveItToTheProtocolWhetherAPageInUseCanBeRequested() {
        try (PoolHarness h = new PoolHarness()) {
            Driver asked = open(h, MemoryType.COHERENT, Protocol.PAGEPOOL);
            granted(asked.request(0));
            assertEquals(Refusal.NOT_FREE, refusal(asked.request(0)));
            assertEquals(1, await(asked.account()).out());
        }
        try (PoolHarness h = new PoolHarness()) {
            Driver proposed = open(h, MemoryType.COHERENT, Protocol.REQUEST_FOLIO);
            Grant one = granted(proposed.request(0));
            Grant two = granted(proposed.request(0));
            await(proposed.free(one));
            assertFalse(await(proposed.account()).free() == FOLIOS, "the second user has it");
            await(proposed.free(two));
            awaitFree(proposed, FOLIOS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v6.1", "v6.15", "request-folio", "pagepool"})
    @DisplayName("R26: a dying device hands nothing out, and waits for what is out")
    void shouldRefuseOnADyingDevice(String preset) {
        try (PoolHarness h = new PoolHarness()) {
            Driver driver = open(h, MemoryType.PRIVATE, protocol(preset));
            Grant out = granted(driver.request());
            CompletionStage<Pgmap.CloseAnswer> closing = driver.device().closeWhenIdle(SOON);
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> !h.events(Event.KillConfirmed.class, e -> true).isEmpty());

            assertEquals(Refusal.DYING, refusal(driver.request()));
            assertFalse(closing.toCompletableFuture().isDone(), "a page is out");
            await(driver.free(out));
            assertInstanceOf(Pgmap.Closed.class, await(closing));
            assertNotNull(refusal(driver.request()));
            assertNotNull(await(driver.account()).closed());
        }
    }

    private static Protocol protocol(String preset) {
        Protocol protocol = Protocol.preset(preset);
        assertNotNull(protocol);
        return protocol;
    }

    @Test
    void shouldKeepAPageThatOthersHoldOffTheList() {
        try (PoolHarness h = new PoolHarness()) {
            Driver driver = open(h, MemoryType.COHERENT, Protocol.V6_15);
            Space space = await(h.pool.openSpace("vm1"));
            Walker walker = h.walker("w", space);
            Grant grant = granted(driver.request());
            assertEquals(HEAD, await(driver.map(grant, space, 0)));
            await(driver.free(grant));
            GupWalker.Walked pinned = await(walker.pin(0, 4));
            assertEquals(4, pinned.pages());
            assertEquals(1, await(driver.account()).lingering());

            await(space.zap(0, HEAD));
            assertEquals(3, await(driver.account()).free(), "still pinned");
            assertNotNull(pinned.pin());
            await(walker.unpin(pinned.pin()));
            awaitFree(driver, FOLIOS);
        }
    }

    @Test
    void shouldRefuseToTakeBackWhatIsNotOut() {
        try (PoolHarness h = new PoolHarness()) {
            Driver driver = open(h, MemoryType.PRIVATE, Protocol.PAGEPOOL);
            Grant grant = granted(driver.request());
            await(driver.free(grant));
            Grant foreign = new Grant("somebody", 1, "gpu0", 0, grant.pfn(), 9);
            Grant madeUp = new Grant(driver.name(), 99, "gpu0", 0, grant.pfn(), 9);
            assertAll(
                    () -> assertEquals(
                            Refusal.ALREADY_RELEASED,
                            refused(driver.free(grant)).refusal()),
                    () -> assertEquals(
                            Refusal.FOREIGN, refused(driver.free(foreign)).refusal()),
                    () -> assertEquals(
                            Refusal.UNKNOWN_PIN, refused(driver.free(madeUp)).refusal()));
        }
    }

    @Test
    @DisplayName("I7: what a driver had out is released once when it dies, and another may follow it")
    void shouldDieCleanly() {
        try (PoolHarness h = new PoolHarness()) {
            Driver first = open(h, MemoryType.PRIVATE, Protocol.V6_15);
            Device device = first.device();
            assertEquals(
                    Refusal.FOREIGN, refused(h.pool.driver("other", device)).refusal());
            granted(first.request());
            granted(first.request());
            first.close();

            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> h.events(Event.Released.class, e -> e.cause() == ReleaseCause.RECLAIM)
                                    .size()
                            == 2);
            Driver second = Awaitility.await()
                    .atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> await(h.pool.driver("second", device)), d -> true);
            for (int i = 0; i < FOLIOS; i++) {
                granted(second.request());
            }
            second.close();
            assertInstanceOf(Pgmap.Closed.class, await(device.closeWhenIdle(SOON)));
            assertTrue(
                    h.verdict(true).clean(), () -> h.verdict(true).violations().toString());
        }
    }

    @Test
    void shouldRefuseToDriveADeviceThatIsGone() {
        try (PoolHarness h = new PoolHarness()) {
            Device device = h.map(spec(MemoryType.PRIVATE, Protocol.V6_15));
            await(device.closeWhenIdle(SOON));
            assertNotNull(refused(h.pool.driver(device)).refusal());
        }
    }

    @Test
    void shouldAnswerEverybodyWhenItIsClosed() {
        try (PoolHarness h = new PoolHarness()) {
            Driver driver = open(h, MemoryType.PRIVATE, Protocol.V6_15);
            await(driver.device().closeWhenIdle(SOON));
            Awaitility.await()
                    .atMost(SOON)
                    .untilAsserted(() ->
                            assertEquals(Refusal.DEAD, await(driver.account()).closed()));
            assertEquals(Refusal.DEAD, refusal(driver.request()));
        }
    }

    /** One message in five is lost and one in five repeated; what is handed out is handed out once. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldHandOutOnceWhateverIsLostOrRepeated(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Link lossy = new Link() {
            @Override
            public <T> void send(ActorRef<T> to, T message) {
                int dice;
                synchronized (random) {
                    dice = random.nextInt(5);
                }
                for (int i = dice == 0 ? 1 : 0; i < (dice == 1 ? 2 : 1); i++) {
                    to.tell(message);
                }
            }
        };
        try (PoolHarness h = new PoolHarness(lossy, "pagepool.limits.retry-after = 20ms")) {
            Driver driver = open(h, MemoryType.PRIVATE, Protocol.V6_15);
            for (int round = 0; round < 12; round++) {
                Grant one = granted(driver.request());
                Grant two = granted(driver.request());
                assertFalse(one.pfn() == two.pfn(), "seed " + seed);
                await(driver.free(one));
                await(driver.free(two));
                awaitFree(driver, FOLIOS);
            }
            long handedOut = h.events(Event.Grabbed.class, e -> e.kind() == GrabKind.REQUEST)
                    .size();
            assertEquals(24, handedOut, "seed " + seed);
            assertInstanceOf(Pgmap.Closed.class, await(driver.device().closeWhenIdle(SOON)));
            assertTrue(
                    h.verdict(true).clean(),
                    () -> "seed " + seed + ": " + h.verdict(true).violations());
        }
    }
}
