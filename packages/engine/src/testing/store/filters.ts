import type { Filter, FilterValue } from "@optio/contract";
import { checkFilter, FILTER_FIELDS, matchesFilter } from "@optio/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Page, ProcessRecord, Store } from "../../store/store.ts";
import type { OpenForTest } from "./fixtures.ts";
import { aProcess, claimAgain, endRun, sessionFacts } from "./fixtures.ts";

/** One filter language in memory and in the store. */
export function testFilters(openForTest: OpenForTest): void {
  test("any filter selects the processes it selects in memory, in the list's order, whatever the page size", async () => {
    const records = fc.array(recordChoice, { minLength: 20, maxLength: 30 });
    const filters = fc.array(fc.tuple(conditions, fc.integer({ min: 4, max: 12 })), { minLength: 50, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(records, filters, async (choices, trials) => {
        await using under = await openForTest();
        const { store } = under;
        for (const [index, choice] of choices.entries()) await makeProcess(store, index, choice);
        const all = await idsOf(store, {}, 1_000);
        const found = await Promise.all(all.map((id) => store.processes.find(id)));
        const stored = found.filter((record) => record !== undefined);
        for (const [{ filter, holds }, limit] of trials) {
          const expected = stored.filter(holds).map((record) => record.id);
          const what = JSON.stringify(filter);
          expect(
            stored.filter((record) => matchesFilter(filter, record)).map(({ id }) => id),
            what,
          ).toEqual(expected);
          expect(await idsOf(store, filter, limit), what).toEqual(expected);
          const active = (await store.processes.listActive(filter)).map(({ id }) => id);
          expect(active.sort(), what).toEqual(expected.filter((id) => isActive(stored, id)).sort());
        }
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });

  test("a filter joins with the other keys of a list, and the cursor goes on within them", async () => {
    await using under = await openForTest();
    const { store } = under;
    const made = { team: "blue", size: 1 };
    for (const id of ["a1", "a2", "a3", "b1"])
      await store.processes.insert(aProcess(id, { metadata: id === "a2" ? { ...made, size: 2 } : made }));
    await store.processes.insert(aProcess("c1", { parent: "a1", metadata: made }));
    await claimAgain(store, "a3");
    const filter = { "metadata.team": "blue", "metadata.size": { lt: 2 } };
    const ids = async (query: { state?: "idle"; q?: string; parent?: string }) => {
      const one = await store.processes.list({ ...query, filter, limit: 1 });
      const cursor = one.next ?? undefined;
      const rest =
        cursor === undefined ? [] : (await store.processes.list({ ...query, filter, cursor, limit: 9 })).items;
      return [...one.items, ...rest].map(({ id }) => id).sort();
    };
    expect(await ids({})).toEqual(["a1", "a3", "b1", "c1"]);
    expect(await ids({ q: "NAME OF A" })).toEqual(["a1", "a3"]);
    expect(await ids({ q: "a", state: "idle" })).toEqual(["a1", "b1", "c1"]);
    expect(await ids({ parent: "a1" })).toEqual(["c1"]);
  });

  test("text that is long, or equal for long, is told apart", async () => {
    await using under = await openForTest();
    const { store } = under;
    const long = "x".repeat(900);
    await store.processes.insert(
      aProcess("p", { metadata: { tag: `${long}1`, [long]: 1, huge: "y".repeat(100_000) } }),
    );
    expect(await idsOf(store, { "metadata.tag": `${long}1` }, 9)).toEqual(["p"]);
    expect(await idsOf(store, { "metadata.tag": `${long}2` }, 9)).toEqual([]);
    expect(await idsOf(store, { "metadata.huge": { gt: "y" } }, 9)).toEqual(["p"]);
  });

  test("a process of a thousand tags is found by each", async () => {
    await using under = await openForTest();
    const { store } = under;
    const tags = Object.fromEntries(Array.from({ length: 1_200 }, (_, n) => [`k${n}`, n]));
    await store.processes.insert(aProcess("p", { metadata: tags }));
    for (const n of [0, 999, 1_000, 1_199]) expect(await idsOf(store, { [`metadata.k${n}`]: n }, 9)).toEqual(["p"]);
  });

  test("what is no filter is refused by name", async () => {
    await using under = await openForTest();
    const { processes } = under.store;
    const bad = { colour: "red" };
    const refused = { code: "invalid-filter", message: expect.stringContaining("colour") };
    await expect(processes.list({ filter: bad, limit: 1 })).rejects.toMatchObject(refused);
    await expect(processes.listActive(bad)).rejects.toMatchObject(refused);
  });
}

/** A filter with what it means, said another way than by the filter's own code. */
interface Condition {
  readonly filter: Filter;
  holds(record: ProcessRecord): boolean;
}

const ODD_TEXTS = ["", "1", "true", "a", "b", "A", "é", "a'b", '"', "%_\\", "\uE000", "\uFFFD", "\u{1F600}", "\uF8F0"];
const ODD_NUMBERS = [0, 1, 2, -1, 0.5, -1.5, 1e21, -1e-7, 5e-324, 2 ** 53, 1.7976931348623157e308];
const TAGS = ["team", "size", "a.b", "ключ", `it's "odd"`, "__proto__"];

const anyText = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: "grapheme", maxLength: 3 }));
const anyNumber = fc.constantFrom(...ODD_NUMBERS);
const anyValue: fc.Arbitrary<FilterValue> = fc.oneof(anyText, anyNumber, fc.boolean());

const tagValue = fc.oneof(
  { weight: 8, arbitrary: anyValue },
  { weight: 1, arbitrary: fc.constantFrom(null, [], ["a"], { a: 1 }, "a\0b", "\uD800") },
);
const recordChoice = fc.record({
  name: fc.oneof(anyText, fc.constant("a\0\uD800")),
  metadata: fc
    .array(fc.tuple(fc.constantFrom(...TAGS), tagValue), { maxLength: 4 })
    .map((entries): Record<string, unknown> => Object.fromEntries(entries)),
  isSession: fc.boolean(),
  agent: fc.constantFrom(null, "someone", "other"),
  isChild: fc.boolean(),
  flags: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
  isScheduled: fc.boolean(),
  life: fc.constantFrom("new", "launched", "ended", "saved"),
});
type RecordChoice = typeof recordChoice extends fc.Arbitrary<infer T> ? T : never;

async function makeProcess(store: Store, index: number, choice: RecordChoice): Promise<void> {
  const id = `p${index}`;
  const [adhoc, special, ephemeral, supportsResume] = choice.flags;
  const { name, metadata, agent } = choice;
  await store.processes.insert({
    ...aProcess(id, { name, metadata, agent, adhoc, special, ephemeral, supportsResume }),
    kind: choice.isSession ? "session" : "task",
    session: choice.isSession ? sessionFacts({ agent: "someone" }) : null,
    parent: choice.isChild && index > 0 ? `p${index - 1}` : null,
    schedule: choice.isScheduled ? { cron: "* * * * *", timeZone: "UTC", misfire: "skip" } : null,
  });
  if (choice.life === "new") return;
  const key = await claimAgain(store, id);
  if (choice.life === "saved") await store.asOwner(key, (tx) => tx.patch({ hasSavedState: true }));
  if (choice.life !== "launched") await endRun(store, key);
}

const fields = fc.constantFrom(...Object.keys(FILTER_FIELDS), ...TAGS.map((tag) => `metadata.${tag}`));
// around now, so that some records are before and some after
const instants = fc.integer({ min: -2_000, max: 10 }).map((offsetMs) => new Date(Date.now() + offsetMs).toISOString());
const values = fc.oneof(anyValue, fc.constantFrom("p1", "p2", "task", "someone", "scheduled", "failed"));

const leaf: fc.Arbitrary<Condition> = fields.chain((field) => {
  const isInstant = /^(created|started|ended)At$/.test(field);
  const operands: fc.Arbitrary<FilterValue> = isInstant ? instants : values;
  const toValue = (operand: FilterValue) => (isInstant ? Date.parse(String(operand)) : operand);
  const of = (condition: unknown, holds: (value: unknown) => boolean): Condition => ({
    filter: checkFilter({ [field]: condition }),
    holds: (record) => holds(readValue(record, field)),
  });
  return fc.oneof(
    operands.map((operand) => of(operand, (value) => value === toValue(operand))),
    operands.map((operand) => of({ eq: operand }, (value) => value === toValue(operand))),
    operands.map((operand) => of({ ne: operand }, (value) => value !== toValue(operand))),
    fc
      .array(operands, { maxLength: 3 })
      .map((list) => of({ in: list }, (value) => list.some((one) => toValue(one) === value))),
    fc.boolean().map((exists) => of({ exists }, (value) => (value !== undefined) === exists)),
    operands
      .filter((operand) => typeof operand !== "boolean")
      .chain((operand) =>
        fc.oneof(
          fc.constant(of({ gt: operand }, (value) => order(value, toValue(operand)) > 0)),
          fc.constant(of({ gte: operand }, (value) => order(value, toValue(operand)) >= 0)),
          fc.constant(of({ lt: operand }, (value) => order(value, toValue(operand)) < 0)),
          fc.constant(of({ lte: operand }, (value) => order(value, toValue(operand)) <= 0)),
          fc.constant(of({ gte: operand, ne: operand }, (value) => order(value, toValue(operand)) > 0)),
        ),
      ),
  );
});

const conditions: fc.Arbitrary<Condition> = fc.letrec<{ node: Condition; list: Condition[] }>((tie) => ({
  list: fc.array(tie("node"), { maxLength: 3, depthIdentifier: "filter" }),
  node: fc.oneof(
    { depthSize: "small", maxDepth: 4, withCrossShrink: true, depthIdentifier: "filter" },
    leaf,
    leaf,
    tie("list").map((parts) => ({
      filter: { and: parts.map(({ filter }) => filter) },
      holds: (record: ProcessRecord) => parts.every((part) => part.holds(record)),
    })),
    tie("list").map((parts) => ({
      filter: { or: parts.map(({ filter }) => filter) },
      holds: (record: ProcessRecord) => parts.some((part) => part.holds(record)),
    })),
    tie("node").map(({ filter, holds }) => ({
      filter: { not: filter },
      holds: (record: ProcessRecord) => !holds(record),
    })),
  ),
})).node;

/** What a filter sees in a field: undefined when it is missing. */
function readValue(record: ProcessRecord, field: string): unknown {
  if (field === "scheduled") return record.schedule !== null;
  if (field === "agent") return record.agent ?? record.session?.agent;
  const tag = /^metadata\.(.*)$/su.exec(field)?.[1];
  const held = new Map<string, unknown>(Object.entries(tag === undefined ? record : record.metadata));
  const value = held.get(tag ?? field);
  if (typeof value === "string") return value.toWellFormed().replaceAll("\0", "\uFFFD");
  return value === null ? undefined : value;
}

/** Not a number when the two cannot be compared. */
function order(value: unknown, operand: unknown): number {
  if (typeof value === "string" && typeof operand === "string")
    return Buffer.compare(Buffer.from(value), Buffer.from(operand));
  return typeof value === "number" && typeof operand === "number" ? Math.sign(value - operand) : Number.NaN;
}

function isActive(records: readonly ProcessRecord[], id: string): boolean {
  return records.some((record) => record.id === id && record.state === "scheduled");
}

async function idsOf(store: Store, filter: Filter, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<ProcessRecord> = await store.processes.list({ filter, limit, ...(cursor !== null && { cursor }) });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== null);
  return ids;
}
