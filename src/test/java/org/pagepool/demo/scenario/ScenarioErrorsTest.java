package org.pagepool.demo.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every problem is one line: where, what was written, what is wrong with it, what would be right. */
class ScenarioErrorsTest {
    @TempDir
    Path directory;

    private static Arguments bad(int line, String text, String message) {
        return Arguments.of(ScenarioText.smallWithLine(line, text), message);
    }

    private static Arguments badDevice(String keys, String message) {
        return bad(1, "devices { pmem0 { " + keys + " } }", "demo.conf:1: " + message);
    }

    private static Arguments badMap(String keys, String message) {
        return bad(2, "address-spaces { vm1 { map { a { " + keys + " } } } }", "demo.conf:2: " + message);
    }

    private static Arguments badWalker(String keys, String message) {
        return bad(3, "walkers { w { " + keys + " } }", "demo.conf:3: " + message);
    }

    private static Arguments badEntry(String keys, String message) {
        return Arguments.of(ScenarioText.SMALL + "timeline = [ { " + keys + " } ]", "demo.conf:5: " + message);
    }

    static Stream<Arguments> format() {
        return Stream.of(
                badDevice(
                        "size = 1GiB, geomtry = 2MiB",
                        "devices.pmem0.geomtry: unknown key; did you mean \"geometry\"?"),
                badDevice(
                        "size = 1GiB, at = 5",
                        "devices.pmem0.at: unknown key; known keys are type, size, geometry, first-pfn, ranges, protocol"),
                bad(4, "limit { duration = 1s }", "demo.conf:4: limit: unknown key; did you mean \"limits\"?"),
                badDevice("size = 16GB", "devices.pmem0.size = 16GB: unit GB is not binary; did you mean 16GiB?"),
                badDevice(
                        "size = 16s",
                        "devices.pmem0.size = 16s: unknown unit \"s\"; units are KiB MiB GiB TiB or K M G T, none means bytes"),
                badDevice("size = { a = 1 }", "devices.pmem0.size = {...}: is an object; want a size such as 16GiB"),
                badDevice("size = [1]", "devices.pmem0.size = [...]: is a list; want a size such as 16GiB"),
                badDevice("size = -1GiB", "devices.pmem0.size = -1GiB: is negative; want a size such as 16GiB"),
                bad(
                        1,
                        "devices = 5",
                        "demo.conf:1: devices = 5: is a single value; want an object with a name for each entry"),
                bad(
                        1,
                        "devices { pmem0 = 16GiB }",
                        "demo.conf:1: devices.pmem0 = 16GiB: is a single value; want an object"),
                bad(
                        1,
                        "devices { \"pm em\" { size = 1GiB } }",
                        "demo.conf:1: devices.\"pm em\": is no name; want up to 64 letters, digits, dashes and underscores"),
                badDevice(
                        "size = 1GiB, type = fsdax",
                        "devices.pmem0.type = fsdax: is not one of the choices; did you mean \"fs-dax\"?"),
                badDevice(
                        "size = 1GiB, type = disk",
                        "devices.pmem0.type = disk: is not one of the choices; want private, coherent, fs-dax, generic or pci-p2pdma"),
                badWalker("count = -3", "walkers.w.count = -3: is negative; want a whole number from 0 to 100000"),
                badWalker(
                        "count = 1.5",
                        "walkers.w.count = 1.5: is no whole number; want a whole number from 0 to 100000"),
                badWalker("count = many", "walkers.w.count = many: is no number; want a whole number from 0 to 100000"),
                badWalker(
                        "count = 100001",
                        "walkers.w.count = 100001: is out of bounds; want a whole number from 0 to 100000"),
                badWalker(
                        "think = \"\"",
                        "walkers.w.think = \"\": is no duration; want a number and a unit, such as 5s"
                                + " (units are ns us ms s m h)"),
                badWalker("write = maybe", "walkers.w.write = maybe: is neither true nor false; want true or false"),
                badWalker(
                        "think = 5",
                        "walkers.w.think = 5: has no unit; did you mean 5s or 5ms? (units are ns us ms s m h)"),
                badWalker("hold = 5MiB", "walkers.w.hold = 5MiB: unknown unit \"MiB\"; units are ns us ms s m h"),
                badWalker("hold { meen = 1ms }", "walkers.w.hold.meen: unknown key; did you mean \"mean\"?"),
                badWalker("mode = gup", "walkers.w.mode = gup: is not one of the choices; want get, pin or longterm"),
                badWalker(
                        "walks = 0",
                        "walkers.w.walks = 0: is out of bounds; want a whole number from 1 to 1000000000000"),
                badWalker("late = perhaps", "walkers.w.late = perhaps: is neither true nor false; want true or false"),
                bad(
                        4,
                        "limits { duration = 10s }\nshows = B38",
                        "demo.conf:5: shows = B38: is a single value; want a list of rows such as B38"),
                bad(
                        4,
                        "limits { duration = 10s }\nshows = [B38, B54]",
                        "demo.conf:5: shows[1] = B54: is no row; rows are B1 to B53, R1 to R33, D1 to D16 and I1 to I12"),
                bad(
                        4,
                        "limits { duration = 10s }\nshows = [r25]",
                        "demo.conf:5: shows[0] = r25: is no row; did you mean \"R25\"?"),
                bad(
                        4,
                        "limits { duration = 10s }\nexpect = [I6, I10]",
                        "demo.conf:5: expect[1] = I10: is not one of the choices; did you mean \"I1\"?"),
                bad(
                        4,
                        "limits { duration = 10s }\nexpect = [leak]",
                        "demo.conf:5: expect[0] = leak: is not one of the choices;"
                                + " want I1, I2, I3, I4, I5, I6, I7, I8, I9 or I12"),
                bad(
                        4,
                        "limits { duration = 10s }\nexpect { I6 = true }",
                        "demo.conf:5: expect = {...}: is an object;"
                                + " want a list of I1, I2, I3, I4, I5, I6, I7, I8, I9 or I12"),
                bad(
                        4,
                        "limits { duration = 10s }\ntimeline { at = 1s }",
                        "demo.conf:5: timeline = {...}: is an object; want a list of objects"),
                badEntry("at = 150%, do = kill", "timeline[0].at = 150%: is outside the run; want 0% to 100%"),
                badEntry(
                        "at = 1s, do = poison, offset = 1TiB",
                        "timeline[0].offset = 1TiB: lies behind the end of device pmem0; want less than 1GiB"),
                badEntry(
                        "at = 1s, do = poison, offset = 1KiB",
                        "timeline[0].offset = 1KiB: is no multiple of the base page 4KiB; want 4KiB"),
                badEntry("at = half%, do = kill", "timeline[0].at = half%: is no percentage; want one such as 50%"),
                badEntry(
                        "at = 1s, do = kil", "timeline[0].do = kil: is not one of the choices; did you mean \"kill\"?"),
                badEntry(
                        "at = 1s, do = unmap",
                        "timeline[0].do = unmap: is not one of the choices; want kill, crash, kill-walker, zap, watch, poison, truncate, punch, evict, request, free, touch or speculate"),
                bad(
                        4,
                        "limits { duration = 10s }\nprotocol = v5.6",
                        "demo.conf:5: protocol = v5.6: unknown preset; did you mean \"v5.5\"?"),
                bad(
                        4,
                        "limits { duration = 10s }\nprotocol { preset = v5.5, teardown { wait-for = page-pins } }",
                        "demo.conf:5: protocol.teardown.wait-for: unknown switch; did you mean \"teardown.waits-for\"?"),
                bad(
                        4,
                        "limits { duration = 10s }\nprotocol { \"gup.batch\" = per-hed }",
                        "demo.conf:5: protocol.\"gup.batch\" = per-hed: is no value of this switch;"
                                + " want per-page or per-entry-assume-one or per-head-loop or per-range"));
    }

    private static final String FILES = """
            devices { pmem0 { type = fs-dax, size = 64MiB }, dax0 { size = 64MiB } }
            address-spaces { vm1 { map { a { device = dax0 } } } }
            walkers { w { } }
            limits { duration = 10s }
            """;

    private static Arguments badFile(String text, String message) {
        return Arguments.of(FILES + text, "demo.conf:5: " + message);
    }

    static Stream<Arguments> files() {
        return Stream.of(
                badFile("files { f1 { size = 2MiB } }", "files.f1.device: missing; want one of pmem0, dax0"),
                badFile(
                        "files { f1 { device = dax0 } }",
                        "files.f1.device = dax0: device dax0 is of type generic, which has no files;"
                                + " want a device of type fs-dax"),
                badFile(
                        "files { f1 { device = pmem0, size = 3MiB } }",
                        "files.f1.size = 3MiB: is no multiple of a block, which is a head of pmem0; want 2MiB or 4MiB"),
                badFile(
                        "files { f1 { device = pmem0, size = 40MiB }, f2 { device = pmem0, size = 40MiB } }",
                        "files.f2.size = 40MiB: does not fit on pmem0 beside the files before it; want at most 24MiB"),
                badFile(
                        "address-spaces.vm2.map.b.file = f1",
                        "address-spaces.vm2.map.b.file = f1: no such file; there are no files"),
                badFile(
                        "files { f1 { device = pmem0 } }, address-spaces.vm2.map.b { file = f1, device = dax0 }",
                        "address-spaces.vm2.map.b.device = dax0: is not where file f1 is; want pmem0, or no device"),
                badFile("timeline = [ { at = 1s, do = truncate } ]", "timeline[0].file: missing; there are no files"),
                badFile(
                        "files.f1.device = pmem0, timeline = [ { at = 1s, do = truncate, size = 1MiB } ]",
                        "timeline[0].size = 1MiB: is no multiple of a block, which is a head of pmem0; want 2MiB"),
                badFile(
                        "files.f1.device = pmem0, timeline = [ { at = 1s, do = punch } ]",
                        "timeline[0].size: missing; want a size such as 16GiB"),
                badFile(
                        "files.f1.device = pmem0, timeline = [ { at = 1s, do = evict, deadline = 1s } ]",
                        "timeline[0].deadline = 1s: means nothing for do = evict; want file"));
    }

    static Stream<Arguments> devices() {
        return Stream.of(
                badDevice("geometry = 2MiB", "devices.pmem0.size: missing; want a size such as 16GiB"),
                bad(1, "", "demo.conf:1: devices: missing; want an object with a name for each entry"),
                badDevice(
                        "size = 15GiB, geometry = 2GiB",
                        "devices.pmem0.size = 15GiB: is no multiple of the geometry 2GiB; want 14GiB or 16GiB"),
                badDevice("size = 1MiB", "devices.pmem0.size = 1MiB: is no multiple of the geometry 2MiB; want 2MiB"),
                badDevice("size = 0", "devices.pmem0.size = 0: is nothing; want 2MiB or more"),
                badDevice(
                        "size = 1GiB, geometry = 3MiB",
                        "devices.pmem0.geometry = 3MiB: is no power of two; want 2MiB or 4MiB"),
                badDevice(
                        "size = 1GiB, geometry = 6KiB",
                        "devices.pmem0.geometry = 6KiB: is no power of two; want 4KiB or 16KiB"),
                badDevice(
                        "size = 1GiB, geometry = 8KiB",
                        "devices.pmem0.geometry = 8KiB: is 2 base pages, too few for a compound head's record; want 4KiB or 16KiB"),
                badDevice(
                        "size = 1GiB, geometry = 2KiB",
                        "devices.pmem0.geometry = 2KiB: is smaller than a base page; want 4KiB or more"),
                badDevice(
                        "size = 8TiB, geometry = 8TiB",
                        "devices.pmem0.geometry = 8TiB: is too large; want at most 4TiB"),
                badDevice("size = 300000TiB", "devices.pmem0.size = 300000TiB: is too large; want at most 262144TiB"),
                badDevice(
                        "size = 1GiB, first-pfn = 0x880001",
                        "devices.pmem0.first-pfn = 0x880001: is no multiple of the geometry, 512 base pages; want 0x880000 or 0x880200"),
                badDevice(
                        "size = 1GiB, first-pfn = 0x3fffffffffe00",
                        "devices.pmem0.first-pfn = 0x3fffffffffe00: puts the device's end beyond the last pfn there can be;"
                                + " want all pfns below 0x400000000000"),
                badDevice(
                        "size = 1GiB, first-pfn = here",
                        "devices.pmem0.first-pfn = here: is no number; want a page number such as 0x880000"),
                badDevice(
                        "size = 1GiB, ranges = []",
                        "devices.pmem0.size = 1GiB: stands beside ranges; want either size and first-pfn, or ranges"),
                badDevice("ranges = []", "devices.pmem0.ranges = [...]: is empty; want at least one range"),
                badDevice(
                        "ranges = [{ first-pfn = 0, size = 2MiB }, { size = 2MiB }]",
                        "devices.pmem0.ranges[1].first-pfn: missing; want a page number such as 0x880000"),
                badDevice(
                        "ranges = [{ first-pfn = 512, size = 2MiB }, { first-pfn = 0, size = 2MiB }]",
                        "devices.pmem0.ranges[1].first-pfn = 0: is below the range before it; want ranges in ascending order"),
                bad(
                        1,
                        "devices { pmem0 { size = 16GiB, first-pfn = 0x880000 }, pmem1 { size = 2MiB, first-pfn = 0x900000 } }",
                        "demo.conf:1: devices.pmem1.first-pfn = 0x900000: pfns 0x900000-0x9001ff of pmem1"
                                + " overlap pfns 0x880000-0xc7ffff of pmem0; the next free pfn is 0xc80000"),
                bad(
                        4,
                        "limits { duration = 1s }\nbase-page = 8KiB",
                        "demo.conf:5: base-page = 8KiB: no architecture has such a base page; want 4KiB, 16KiB or 64KiB"));
    }

    static Stream<Arguments> spaces() {
        return Stream.of(
                badMap(
                        "device = pmemo",
                        "address-spaces.vm1.map.a.device = pmemo: no such device; did you mean \"pmem0\"?"),
                badMap(
                        "size = 2GiB",
                        "address-spaces.vm1.map.a.size = 2GiB: reaches past the end of pmem0, which has 1GiB; want at most 1GiB"),
                badMap(
                        "offset = 512MiB, size = 1GiB",
                        "address-spaces.vm1.map.a.size = 1GiB: reaches past the end of pmem0, which has 1GiB; want at most 512MiB"),
                badMap(
                        "offset = 1GiB",
                        "address-spaces.vm1.map.a.offset = 1GiB: lies behind the end of pmem0; want less than 1GiB"),
                badMap("size = 0", "address-spaces.vm1.map.a.size = 0: is nothing; want 4KiB or more"),
                badMap(
                        "size = 5000",
                        "address-spaces.vm1.map.a.size = 5000: is no multiple of the base page 4KiB; want 4KiB or 8KiB"),
                badMap(
                        "size = 3MiB, entry = pmd",
                        "address-spaces.vm1.map.a.entry = pmd: maps multiples of 2MiB, but its size is 3MiB; the largest entry that fits is pte"),
                badMap(
                        "size = 4MiB, at = 0x1000, entry = pmd",
                        "address-spaces.vm1.map.a.entry = pmd: maps multiples of 2MiB, but it begins at address 0x1000;"
                                + " the largest entry that fits is pte"),
                badMap(
                        "offset = 4KiB, size = 4MiB, entry = pmd",
                        "address-spaces.vm1.map.a.entry = pmd: maps multiples of 2MiB, but it covers pfns 0x880001-0x880400 of pmem0;"
                                + " the largest entry that fits is pte"),
                badMap(
                        "size = 4MiB, entry = pud",
                        "address-spaces.vm1.map.a.entry = pud: maps multiples of 1GiB, but its size is 4MiB; the largest entry that fits is pmd"),
                badMap(
                        "size = 4MiB }, b { size = 4MiB, at = 2MiB",
                        "address-spaces.vm1.map.b.at = 2MiB: virtual pages 0x200-0x5ff overlap 0x0-0x3ff of map a;"
                                + " the next free virtual page is 0x400"),
                bad(
                        1,
                        "devices { gpu { size = 1GiB, type = private } }",
                        "demo.conf:2: address-spaces.vm1.map.a.device = (not given): device gpu is private memory, which no CPU can address;"
                                + " want a device of type coherent, fs-dax, generic or pci-p2pdma"),
                bad(
                        1,
                        "devices { pmem0 { size = 1GiB }, pmem1 { size = 1GiB } }",
                        "demo.conf:2: address-spaces.vm1.map.a.device: missing; want one of pmem0, pmem1"));
    }

    static Stream<Arguments> walkers() {
        return Stream.of(
                badWalker("space = vm2", "walkers.w.space = vm2: no such address space; did you mean \"vm1\"?"),
                badWalker("map = b", "walkers.w.map = b: no such map; did you mean \"a\"?"),
                badWalker("size = 2GiB", "walkers.w.size = 2GiB: is larger than map a of vm1; want at most 1GiB"),
                badWalker(
                        "size { min = 1MiB, max = 2GiB }",
                        "walkers.w.size.max = 2GiB: is larger than map a of vm1; want at most 1GiB"),
                badWalker(
                        "size { min = 2MiB, max = 1MiB }",
                        "walkers.w.size.max = 1MiB: is less than min; want 2MiB or more"),
                badWalker("size { min = 2MiB }", "walkers.w.size.max: missing; want a size such as 16GiB"),
                badWalker("size = 5TiB", "walkers.w.size = 5TiB: is too large for one walk; want at most 4TiB"),
                badWalker("hold = 1001h", "walkers.w.hold = 1001h: is too long; want at most 1000h"),
                badWalker("size = 1000", "walkers.w.size = 1000: is no multiple of the base page 4KiB; want 4KiB"),
                badWalker(
                        "size { distribution = fixed, min = 2MiB }",
                        "walkers.w.size.min = 2MiB: means nothing for distribution fixed; want value"),
                badWalker(
                        "hold { distribution = exponential, min = 2ms }",
                        "walkers.w.hold.min = 2ms: means nothing for distribution exponential; want mean and max"),
                badWalker(
                        "hold { min = 2ms, max = 1ms }",
                        "walkers.w.hold.max = 1ms: is less than min; want 2ms or more"),
                badWalker(
                        "start-at = 10s",
                        "walkers.w.start-at = 10s: is after the end of the load; want less than limits.duration, 10s"),
                bad(
                        3,
                        "walkers { w { count = 2 }, w-2 {} }",
                        "demo.conf:3: walkers.w-2: its walker w-2 would have the name of walker w-2 of w; want another name"),
                bad(
                        3,
                        "walkers { vm1 {} }",
                        "demo.conf:3: walkers.vm1: its walker vm1 would have the name of an address space; want another name"),
                bad(
                        3,
                        "walkers { a { count = 60000 }, b { count = 60000 } }",
                        "demo.conf:3: walkers.b.count = 60000: makes 120000 walkers in all; want at most 100000"),
                bad(
                        2,
                        "address-spaces { vm1 {} }",
                        "demo.conf:3: walkers.w: address space vm1 maps nothing; want an entry under its map"),
                bad(2, "", "demo.conf:3: walkers.w.space: missing; there are no address spaces"));
    }

    static Stream<Arguments> timelineAndLimits() {
        return Stream.of(
                badEntry("do = kill", "timeline[0].at: missing; want a time such as 2s or 50%"),
                badEntry(
                        "at = 1s",
                        "timeline[0].do: missing; want kill, crash, kill-walker, zap, watch, poison, truncate, punch, evict, request, free, touch or speculate"),
                badEntry(
                        "at = 11s, do = kill",
                        "timeline[0].at = 11s: is after the end of the load; want at most limits.duration, 10s"),
                badEntry(
                        "at = 1s, do = kill, device = pmem",
                        "timeline[0].device = pmem: no such device; did you mean \"pmem0\"?"),
                badEntry(
                        "at = 1s, do = kill, verb = if-idle, deadline = 1s",
                        "timeline[0].deadline = 1s: means nothing for verb = if-idle, which does not wait;"
                                + " want no deadline, or verb = when-idle"),
                badEntry(
                        "at = 1s, do = kill, walker = w",
                        "timeline[0].walker = w: means nothing for do = kill; want device, verb, deadline, reason"),
                badEntry("at = 1s, do = kill-walker", "timeline[0].walker: missing; want a name"),
                badEntry(
                        "at = 1s, do = kill-walker, walker = w-1",
                        "timeline[0].walker = w-1: no such walker; walkers are w"),
                badEntry(
                        "at = 1s, do = zap, offset = 4KiB",
                        "timeline[0].offset = 4KiB: cuts an entry of map a; want whole pmd entries, multiples of 2MiB"),
                badEntry(
                        "at = 1s, do = zap, size = 3MiB",
                        "timeline[0].size = 3MiB: cuts an entry of map a; want whole pmd entries, multiples of 2MiB"),
                badEntry("at = 1s, do = zap, map = b", "timeline[0].map = b: no such map; did you mean \"a\"?"),
                badEntry(
                        "at = 1s, do = zap, map = a, size = 2GiB",
                        "timeline[0].size = 2GiB: is not within what map a maps; want 4KiB to 1GiB"),
                badEntry(
                        "at = 1s, do = watch, device = pmem0",
                        "timeline[0].device = pmem0: means nothing for do = watch; want space, map, offset, size"),
                badEntry(
                        "at = 1s, do = watch, offset = 1GiB",
                        "timeline[0].offset = 1GiB: lies behind everything vm1 maps; want less than 1GiB"),
                badEntry(
                        "at = 1s, do = request, count = 0",
                        "timeline[0].count = 0: is out of bounds; want a whole number from 1 to 1024"),
                badEntry(
                        "at = 1s, do = request, offset = 100",
                        "timeline[0].offset = 100: is no multiple of the base page 4KiB; want 4KiB"),
                badEntry(
                        "at = 1s, do = request, order = 19",
                        "timeline[0].order = 19: is out of bounds; want a whole number from 0 to 18"),
                badEntry(
                        "at = 1s, do = free, order = 2",
                        "timeline[0].order = 2: means nothing for do = free; want device, count"),
                badEntry(
                        "at = 1s, do = touch",
                        "timeline[0].device = (not given): device pmem0 is generic memory, which a CPU can address;"
                                + " want a device of type private"),
                badEntry(
                        "at = 1s, do = speculate, device = gpu0",
                        "timeline[0].device = gpu0: no such device; devices are pmem0"),
                badEntry(
                        "at = 1s, do = kill, map = a",
                        "timeline[0].map = a: means nothing for do = kill; want device, verb, deadline, reason"),
                Arguments.of(
                        ScenarioText.smallWithLine(1, "devices { pmem0 { size = 64MiB, geometry = 4KiB } }")
                                + "timeline = [ { at = 1s, do = watch, space = vm1 } ]",
                        "demo.conf:5: timeline[0].size = (not given): covers 16384 heads; want at most 4096 heads"),
                bad(
                        3,
                        "walkers { w { late = true } }",
                        "demo.conf:3: walkers.w.late = true: its grabs would be held up for ever;"
                                + " want an entry of the timeline that zaps vm1"),
                badEntry(
                        "at = 1s, do = zap, offset = 1GiB",
                        "timeline[0].offset = 1GiB: lies behind everything vm1 maps; want less than 1GiB"),
                badEntry(
                        "at = 1s, do = zap, size = 2GiB",
                        "timeline[0].size = 2GiB: is not within what vm1 maps; want 4KiB to 1GiB"),
                bad(4, "", "demo.conf:1: limits: missing; want limits.operations, limits.duration or both"),
                bad(4, "limits {}", "demo.conf:4: limits: missing; want limits.operations, limits.duration or both"),
                bad(4, "limits { duration = 0s }", "demo.conf:4: limits.duration = 0s: is nothing; want more than 0s"),
                bad(
                        4,
                        "limits { operations = 0 }",
                        "demo.conf:4: limits.operations = 0: is out of bounds; want a whole number from 1 to 1000000000000"),
                Arguments.of(
                        "devices { p { size = 1GiB } }\nlimits { operations = 5 }",
                        "demo.conf:2: limits.operations = 5: is never reached without walkers; want limits.duration"));
    }

    static Stream<Arguments> hocon() {
        return Stream.of(
                bad(2, "address-spaces {", "demo.conf:2: { is never closed; want a }"),
                bad(2, "limits { a = 1 } }", "demo.conf:2: } closes nothing; want a { before it, or neither"),
                bad(2, "shows = [ { a = 1 ]", "demo.conf:2: ] where the { of line 2 is still open; want a } first"),
                bad(2, "name = \"half", "demo.conf:2: a quoted text has no end; want another \""),
                bad(2, "name = , # }", "demo.conf:2: there is ',' where a value should be"),
                bad(2, "limits { duration }", "demo.conf:2: duration: has no value; want duration = VALUE"),
                bad(2, "= 3", "demo.conf:2: there is '=' where a key should be; want KEY = VALUE"),
                bad(2, "a = ${nope}", "demo.conf:2: ${nope}: nothing of that name is set"),
                bad(2, "a = b = c", "demo.conf:2: "),
                bad(
                        2,
                        "include \"nope.conf\"",
                        "demo.conf:2: include \"nope.conf\": no such file; want one beside the file that includes it"),
                bad(
                        4,
                        "limits { duration = 1s }\nvariants = 5",
                        "demo.conf:5: variants = 5: is no object; want an object with a name for each variant"),
                bad(
                        4,
                        "limits { duration = 1s }\nvariants { a = 5 }",
                        "demo.conf:5: variants.a = 5: is no object; want an object that is laid over the scenario"));
    }

    @ParameterizedTest
    @MethodSource({"format", "devices", "files", "spaces", "walkers", "timelineAndLimits"})
    void shouldSayInOneLineWhereWhatIsWrongAndWhatIsRight(String text, String message) {
        assertEquals(
                message, new ScenarioText(directory).write("demo.conf", text).refusal("demo.conf", Map.of()));
    }

    @ParameterizedTest
    @MethodSource("hocon")
    void shouldSayInOneLineWhatHoconCannotRead(String text, String beginning) {
        String message = new ScenarioText(directory).write("demo.conf", text).refusal("demo.conf", Map.of());
        assertEquals(beginning, message.substring(0, Math.min(beginning.length(), message.length())));
        assertEquals(1, message.lines().count());
    }

    @Test
    void shouldReportWhatComesFirstInTheFile() {
        String text = """
                limits { duration = soon }
                devices { pmem0 { sise = 1GiB } }
                bogus = 1
                """;
        assertEquals(
                "demo.conf:1: limits.duration = soon: is no duration;"
                        + " want a number and a unit, such as 5s (units are ns us ms s m h)",
                new ScenarioText(directory).write("demo.conf", text).refusal("demo.conf", Map.of()));
    }

    @Test
    void shouldReportTheFirstOfALine() {
        String text = ScenarioText.smallWithLine(1, "devices { pmem0 { zzz = 1, size = 1GiB, aaa = 2 } }");
        assertEquals(
                "demo.conf:1: devices.pmem0.zzz: unknown key; known keys are type, size, geometry, first-pfn, ranges, protocol",
                new ScenarioText(directory).write("demo.conf", text).refusal("demo.conf", Map.of()));
    }

    @Test
    void shouldNameTheFileAndLineThatIncludeWhatIsMissing() {
        ScenarioText files = new ScenarioText(directory)
                .write(
                        "part.conf",
                        "# include \"not.this\"\ndevices { pmem0 { size = 1GiB } }\n\n  include required(\"gone\")\n")
                .write("demo.conf", ScenarioText.smallWithLine(1, "include \"part\""));
        assertEquals(
                "part.conf:4: include \"gone\": no such file; want one beside the file that includes it",
                files.refusal("demo.conf", Map.of()));
    }

    @Test
    void shouldNameTheIncludedFile() {
        ScenarioText files = new ScenarioText(directory)
                .write("part.conf", "\n\ndevices { pmem0 { siz = 1GiB } }\n")
                .write("demo.conf", ScenarioText.smallWithLine(1, "include \"part.conf\""));
        assertEquals(
                "part.conf:3: devices.pmem0.siz: unknown key; did you mean \"size\"?",
                files.refusal("demo.conf", Map.of()));
    }

    @Test
    void shouldNameTheArgumentThatIsWrong() {
        ScenarioText files = new ScenarioText(directory).write("demo.conf", ScenarioText.SMALL);
        assertEquals(
                "-D devices.pmem0.size=7GB: unit GB is not binary; did you mean 7GiB?",
                files.refusal("demo.conf", Map.of("devices.pmem0.size", "7GB")));
        assertEquals(
                "-D walker.w.count=3: walker: unknown key; did you mean \"walkers\"?",
                files.refusal("demo.conf", Map.of("walker.w.count", "3")));
        assertEquals(
                "-D a..b=3: is no key; want one such as limits.duration",
                files.refusal("demo.conf", Map.of("a..b", "3")));
    }

    @Test
    void shouldSayWhichVariantsLineIsWrong() {
        String text = ScenarioText.SMALL + "variants {\n  a {}\n  b { devices.pmem0.geometry = 3MiB }\n}\n";
        assertEquals(
                "demo.conf:7: devices.pmem0.geometry = 3MiB: is no power of two; want 2MiB or 4MiB",
                new ScenarioText(directory).write("demo.conf", text).refusal("demo.conf", Map.of()));
    }

    @Test
    void shouldSayWhatItLookedFor() throws Exception {
        ScenarioText files = new ScenarioText(directory).write("devdax-16g.conf", ScenarioText.SMALL);
        ScenarioLoader loader = new ScenarioLoader(directory);
        assertEquals("accepted", said(loader, "devdax-16g"));
        assertEquals(
                "devdax-16: no such file, nor is there devdax-16.conf; did you mean \"devdax-16g\"?",
                said(loader, "devdax-16"));
        assertEquals(
                "zebra: no such file, nor is there zebra.conf; shipped scenarios are devdax-16g",
                said(loader, "zebra"));
        assertEquals("sub/x.conf: no such file; shipped scenarios are devdax-16g", said(loader, "sub/x.conf"));
        Files.createDirectory(directory.resolve("empty"));
        assertEquals("empty: is a directory; want a scenario file", files.refusal("empty", Map.of()));
        Files.write(directory.resolve("huge.conf"), new byte[5 << 20]);
        assertEquals(
                "huge.conf: is 5 MiB; want a scenario file of at most 4 MiB", files.refusal("huge.conf", Map.of()));
        Files.write(directory.resolve("latin.conf"), "näme = 1\n".getBytes(StandardCharsets.ISO_8859_1));
        assertEquals("latin.conf:1: ", files.refusal("latin.conf", Map.of()).substring(0, 14));
    }

    private String said(ScenarioLoader loader, String wanted) {
        try {
            loader.load(wanted, Map.of());
            return "accepted";
        } catch (ScenarioException e) {
            return String.valueOf(e.getMessage()).replace(directory + "/", "");
        }
    }
}
