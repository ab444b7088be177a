import { expect, test } from "vitest";
import { taskSummary } from "../feed/summary.test-support.ts";
import { at } from "../thread/golden.test-support.ts";
import { scheduledOf } from "./scheduled.ts";

test("tasks with a schedule stand in the order of their next start, those that never start again last", () => {
  const task = (id: string, nextFireAt: string | null) =>
    taskSummary(id, { schedule: { cron: "* * * * *", timeZone: "UTC", misfire: "skip", nextFireAt } });
  const processes = [task("never", null), taskSummary("plain"), task("late", at(9)), task("soon", at(1))];
  expect(scheduledOf(processes).map(({ id }) => id)).toEqual(["soon", "late", "never"]);
});
