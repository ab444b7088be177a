import { expect, test } from "vitest";
import { createLocalHost } from "../host/local/local-host.ts";
import { openSqliteForTest } from "../store/sqlite.test-support.ts";
import type { Owner } from "../store/store.ts";
import { claimed } from "../testing/store/fixtures.ts";
import { identifyOwner, mayTakeOver } from "./ownership.ts";

const NOW = 1_000_000;
const host = createLocalHost();
const me = await identifyOwner(host);
/** No pid of this machine is that large. */
const GONE = { ...me, pid: 2 ** 22 + 1 };

test("this process knows itself", async () => {
  expect(me).toMatchObject({ pid: process.pid, startTime: expect.stringMatching(/^\d+$/) });
  expect(await host.processes.isAlive(me)).toBe(true);
});

test.each<[string, boolean, Partial<Owner> | null]>([
  ["nobody owns it", true, null],
  ["a living owner holds its lease", false, {}],
  ["a living owner's lease is over", true, { leaseUntil: NOW }],
  ["the owner of this machine is gone, its lease is not", true, GONE],
  ["another process got the owner's pid", true, { startTime: "1" }],
  ["the machine was started again since", true, { bootId: "an earlier boot" }],
  ["another machine's owner holds its lease", false, { ...GONE, machineId: "elsewhere", bootId: "other" }],
  ["another machine's owner lost its lease", true, { machineId: "elsewhere", leaseUntil: NOW - 1 }],
])("a run may be taken over or not: %s", async (_, expected, owner) => {
  await using under = await openSqliteForTest();
  await claimed(under.store);
  const found = await under.store.processes.find("p");
  if (!found) throw new Error("the process is gone");
  const record = { ...found, owner: owner && { ...me, leaseUntil: NOW + 1, ...owner } };
  expect(await mayTakeOver(record, me, host, NOW)).toBe(expected);
});
