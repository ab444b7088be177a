import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Filter } from "./filter.ts";
import { canonicalFilter, checkFilter, filterSchema, isEmptyFilter, parseFilter } from "./filter.ts";
import { compareText } from "./filter-fields.ts";
import { matchesFilter } from "./filter-match.ts";

const subject = {
  id: "nightly.report",
  name: "Nightly",
  state: "running",
  run: 3,
  depth: 0,
  parent: null,
  agent: null,
  session: { agent: "codex" },
  special: false,
  schedule: { cron: "0 4 * * *" },
  createdAt: "2026-01-31T08:00:00.000Z",
  startedAt: Date.parse("2026-01-31T09:00:00Z"),
  endedAt: null,
  metadata: { team: "blue", size: 7, hot: true, "a.b": "dotted", none: null, list: ["blue"], odd: "a\0b\uD800" },
};

describe("a filter", () => {
  test.each<[string, Filter, boolean]>([
    ["a bare value is equality", { state: "running" }, true],
    ["all fields must hold", { state: "running", run: 4 }, false],
    ["all conditions of a field must hold", { run: { gt: 2, lt: 4 } }, true],
    ["in lists values of any type", { "metadata.size": { in: ["7", true, 7] } }, true],
    ["an empty in holds never", { state: { in: [] } }, false],
    ["an empty and holds always", { and: [] }, true],
    ["an empty or holds never", { or: [] }, false],
    ["or takes one of many", { or: [{ run: 9 }, { state: "running" }] }, true],
    ["not turns a filter around", { not: { run: 9, state: "running" } }, true],
    ["a tag's key may hold dots", { "metadata.a.b": "dotted" }, true],
    ["a missing field fulfils no comparison", { or: [{ parent: "" }, { parent: { lt: "z" } }] }, false],
    ["a missing field fulfils ne", { parent: { ne: "x" } }, true],
    ["a missing field does not exist", { parent: { exists: false }, endedAt: { exists: false } }, true],
    ["null in metadata counts as missing", { "metadata.none": { exists: true } }, false],
    ["a list in metadata exists", { "metadata.list": { exists: true } }, true],
    ["a list in metadata equals nothing", { "metadata.list": "blue" }, false],
    ["a property of every object is no tag", { "metadata.constructor": { exists: true } }, false],
    ["a number is not its text", { "metadata.size": "7" }, false],
    ["another type fulfils ne", { "metadata.size": { ne: "7" } }, true],
    ["another type has no order", { or: [{ "metadata.size": { gt: "" } }, { "metadata.team": { gt: 0 } }] }, false],
    ["true is not 1", { "metadata.hot": 1 }, false],
    ["true is true", { "metadata.hot": true }, true],
    ["text has an order", { "metadata.team": { gte: "blue", lt: "bluf" } }, true],
    ["NUL and half characters of a record count as U+FFFD", { "metadata.odd": "a\uFFFDb\uFFFD" }, true],
    ["an instant is compared as a time", { createdAt: "2026-01-31T09:00:00+01:00" }, true],
    ["an instant may be ms in the record", { startedAt: { gt: "2026-01-31T08:59:59.999Z" } }, true],
    ["the agent of a plain task's session counts", { agent: "codex" }, true],
    ["a schedule makes it scheduled", { scheduled: true }, true],
    ["a flag that is not there is false", { adhoc: false }, true],
  ])("%s", (_rule, filter, expected) => {
    expect(matchesFilter(checkFilter(filter), subject)).toBe(expected);
  });

  test.each<[unknown, string, RegExp]>([
    [{ colour: "red" }, "colour", /unknown key "colour".*state.*metadata\.<key>/],
    [{ "metadata.": 1 }, "metadata.", /unknown key/],
    [{ metadata: { team: "x" } }, "metadata", /unknown key/],
    [{ state: { like: "r" } }, "state.like", /unknown condition 'like'.*exists/],
    [{ state: {} }, "state", /names no condition/],
    [{ state: null }, "state", /not null/],
    [{ state: ["a"] }, "state", /expected an object/],
    [{ run: Number.NaN }, "run", /not null/],
    [{ run: { in: 1 } }, "run.in", /expected a list/],
    [{ run: { exists: 1 } }, "run.exists", /true or false/],
    [{ special: { gt: true } }, "special.gt", /no order/],
    [{ and: { state: "x" } }, "and", /expected a list of filters/],
    [{ or: [{ state: "x" }, { colour: 1 }] }, "or.1.colour", /unknown key/],
    [{ not: [] }, "not", /expected an object/],
    [{ createdAt: { gt: "yesterday" } }, "createdAt.gt", /no instant/],
    [{ name: "a\0" }, "name", /NUL/],
    [{ name: "\uD800" }, "name", /half a character/],
    [{ "metadata.\0": 1 }, "metadata.\0", /NUL/],
    [{ [`metadata.${"k".repeat(201)}`]: 1 }, `metadata.${"k".repeat(201)}`, /200/],
    [{ name: "x".repeat(1_001) }, "name", /1000/],
    [{ run: { in: Array(1_001).fill(1) } }, "run.in", /1000 values/],
    [{ or: Array(201).fill({}) }, "or", /200 conditions/],
    [[], "", /expected an object/],
    ["state", "", /expected an object/],
  ])("%j is refused, naming the key", (value, key, fault) => {
    const parsed = filterSchema.safeParse(value);
    expect(parsed.error?.issues.map((issue) => issue.path.join("."))).toEqual([key]);
    expect(() => checkFilter(value)).toThrow(fault);
    expect(() => checkFilter(value)).toThrow(expect.objectContaining({ code: "invalid-filter" }));
    expect(() => checkFilter(value)).toThrow(`filter: ${key.slice(0, 50)}`);
  });

  test("of any depth is refused without harm", () => {
    const deep = (levels: number) => `${'{"not":'.repeat(levels)}{}${"}".repeat(levels)}`;
    expect(parseFilter(deep(9))).toEqual(JSON.parse(deep(9)));
    for (const levels of [10, 100_000])
      expect(() => parseFilter(deep(levels))).toThrow(expect.objectContaining({ code: "invalid-filter" }));
  });

  test("that is no JSON is a bad request", () => {
    expect(() => parseFilter("{state:")).toThrow(expect.objectContaining({ code: "bad-request" }));
  });

  test("in a body is refused at its own key", () => {
    const body = z.strictObject({ filter: filterSchema });
    const { error } = body.safeParse({ filter: { and: [{ colour: 1 }] } });
    expect(error?.issues[0]).toMatchObject({ path: ["filter", "and", 0, "colour"] });
    expect(error?.issues[0]?.message).toMatch(/unknown key "colour"/);
    expect(body.parse({ filter: { state: "idle" } })).toEqual({ filter: { state: "idle" } });
  });

  test.each<[Filter, Filter]>([
    [
      { state: "idle", run: 1 },
      { run: { eq: 1 }, state: { in: ["idle", "idle"] } },
    ],
    [{ state: { in: ["b", "a"] } }, { or: [{ state: "a" }, { state: "b" }] }],
    [{ not: { or: [{ run: 1 }, { run: 2 }] } }, { run: { ne: 1 }, and: [{ not: { run: 2 } }] }],
    [{ not: { not: { run: 1 } } }, { and: [{ run: 1 }, {}] }],
    [{ createdAt: "2026-01-01T00:00:00Z" }, { createdAt: "2026-01-01T01:00:00.000+01:00" }],
    [{ parent: { exists: false } }, { not: { parent: { exists: true } } }],
    [{ "metadata.n": -0 }, { "metadata.n": 0 }],
  ])("S-19: %j and %j are one filter in canonical form", (a, b) => {
    expect(canonicalFilter(a)).toBe(canonicalFilter(b));
  });

  test.each<[Filter, Filter]>([
    [{ state: "idle" }, { state: { ne: "idle" } }],
    [{ "metadata.n": 1 }, { "metadata.n": "1" }],
    [{ run: { gt: 1 } }, { run: { gte: 1 } }],
    [{ and: [{ run: 1 }, { depth: 1 }] }, { or: [{ run: 1 }, { depth: 1 }] }],
    [{ "metadata.run": 1 }, { run: 1 }],
  ])("%j and %j are two filters in canonical form", (a, b) => {
    expect(canonicalFilter(a)).not.toBe(canonicalFilter(b));
  });

  test("is empty in any spelling that leaves nothing out", () => {
    const empty: Filter[] = [{}, { and: [] }, { and: [{}, {}] }, { not: { or: [] } }, { state: { ne: 7 } }];
    for (const filter of empty) expect(isEmptyFilter(filter), JSON.stringify(filter)).toBe(true);
    const narrow: Filter[] = [{ or: [] }, { state: "idle" }, { not: {} }];
    for (const filter of narrow) expect(isEmptyFilter(filter), JSON.stringify(filter)).toBe(false);
  });

  test("orders text as its UTF-8 bytes", () => {
    const texts = fc.string({ unit: "binary", maxLength: 8 });
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
    expect(compareText("\u{1F600}", "\uFFFD")).toBeGreaterThan(0);
  });
});
