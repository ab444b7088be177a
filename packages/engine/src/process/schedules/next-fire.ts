import type { ScheduleSpec } from "@optio/contract";
import { OptioError } from "@optio/contract";
import { Cron } from "croner";
import type { TaskSchedule } from "../task.ts";

/** The schedule of a task with its defaults: UTC, and nothing for fires that nobody was there for. @throws `invalid` naming what is wrong. */
export function parseSchedule(schedule: TaskSchedule): ScheduleSpec {
  const given = typeof schedule === "string" ? { cron: schedule } : schedule;
  const spec = { cron: given.cron, timeZone: given.timeZone ?? "UTC", misfire: given.misfire ?? "skip" } as const;
  if (!isTimeZone(spec.timeZone))
    throw new OptioError("invalid", `schedule: '${spec.timeZone}' is no IANA time zone, like Europe/Berlin or UTC`);
  if (nextFire(spec, Date.UTC(2024)) === null) throw new OptioError("invalid", `schedule: '${spec.cron}' never fires`);
  return spec;
}

/**
 * The first fire after an instant; null when there is none. When clocks go forward, a fixed time that is skipped fires once at the first valid
 * time after it and a repeated pattern has no fire; when they go back, a fixed time fires once and a repeated pattern both times.
 * @throws `invalid` for what is no cron of five or six fields.
 */
export function nextFire(spec: ScheduleSpec, afterMs: number): number | null {
  try {
    const cron = new Cron(spec.cron, { timezone: spec.timeZone, mode: "5-or-6-parts", paused: true });
    return cron.nextRun(new Date(afterMs))?.getTime() ?? null;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const right = "five fields, or six with seconds first";
    throw new OptioError("invalid", `schedule: '${spec.cron}' is no cron of ${right}: ${why}`, { cause });
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
