import { describe, expect, test } from "vitest";
import { nextFire, parseSchedule } from "./next-fire.ts";

/** Instants of the next fires after one, as texts. */
function fires(schedule: Parameters<typeof parseSchedule>[0], after: string, count = 2): string[] {
  const spec = parseSchedule(schedule);
  const found: string[] = [];
  for (let at = Date.parse(after); found.length < count; ) {
    at = nextFire(spec, at) ?? Number.NaN;
    found.push(new Date(at).toISOString().replace(":00.000Z", "Z"));
  }
  return found;
}

describe("a schedule", () => {
  test("has five fields in UTC and skips missed fires unless it says otherwise", () => {
    expect(parseSchedule("0 6 * * *")).toEqual({ cron: "0 6 * * *", timeZone: "UTC", misfire: "skip" });
    expect(fires("0 6 * * *", "2026-01-01T06:00:00Z")).toEqual(["2026-01-02T06:00Z", "2026-01-03T06:00Z"]);
    expect(parseSchedule({ cron: "0 6 * * *", timeZone: "Asia/Tokyo", misfire: "once" })).toMatchObject({
      timeZone: "Asia/Tokyo",
      misfire: "once",
    });
    expect(fires({ cron: "0 6 * * *", timeZone: "Asia/Tokyo" }, "2026-01-01T00:00:00Z", 1)).toEqual([
      "2026-01-01T21:00Z",
    ]);
  });

  test("may have a field of seconds first", () => {
    expect(nextFire(parseSchedule("*/10 * * * * *"), Date.parse("2026-01-01T00:00:05.500Z"))).toBe(
      Date.parse("2026-01-01T00:00:10Z"),
    );
  });

  test("fires once at a fixed time that the clocks skip, at the first valid time after it", () => {
    // Berlin, 29 March 2026: 02:00 becomes 03:00
    expect(fires({ cron: "30 2 * * *", timeZone: "Europe/Berlin" }, "2026-03-28T12:00:00Z", 3)).toEqual([
      "2026-03-29T01:00Z",
      "2026-03-30T00:30Z",
      "2026-03-31T00:30Z",
    ]);
  });

  test("fires once at a fixed time that comes twice, and both times by a repeated pattern", () => {
    // Berlin, 25 October 2026: 03:00 becomes 02:00
    expect(fires({ cron: "30 2 * * *", timeZone: "Europe/Berlin" }, "2026-10-24T12:00:00Z")).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-26T01:30Z",
    ]);
    expect(fires({ cron: "*/30 * * * *", timeZone: "Europe/Berlin" }, "2026-10-25T00:00:00Z", 4)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-25T01:00Z",
      "2026-10-25T01:30Z",
      "2026-10-25T02:00Z",
    ]);
  });

  test("keeps its wall-clock time over a change of the clocks", () => {
    expect(fires({ cron: "0 9 * * 1", timeZone: "America/New_York" }, "2026-03-02T15:00:00Z")).toEqual([
      "2026-03-09T13:00Z",
      "2026-03-16T13:00Z",
    ]);
  });

  test.each([
    ["61 * * * *", "61"],
    ["* * *", "five fields"],
    ["* * * * * * 2030", "six"],
    ["often", "often"],
    ["0 0 30 2 *", "never fires"],
  ])("'%s' is refused", (cron, words) => {
    expect(() => parseSchedule(cron)).toThrow(
      expect.objectContaining({ code: "invalid", message: expect.stringContaining(words) }),
    );
  });

  test("an unknown time zone is refused by its name", () => {
    expect(() => parseSchedule({ cron: "0 6 * * *", timeZone: "Mars/Olympus" })).toThrow(
      expect.objectContaining({ code: "invalid", message: expect.stringContaining("'Mars/Olympus'") }),
    );
  });
});
