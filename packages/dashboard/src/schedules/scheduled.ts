import type { ProcessSummary } from "@optio/contract";

/** A process that starts by itself. */
export type Scheduled = ProcessSummary & { readonly schedule: NonNullable<ProcessSummary["schedule"]> };

/** The processes with a schedule, the next to start first, those that never start again last. */
export function scheduledOf(processes: Iterable<ProcessSummary>): Scheduled[] {
  return [...processes].filter(isScheduled).sort((a, b) => nextMs(a) - nextMs(b) || a.name.localeCompare(b.name));
}

function isScheduled(process: ProcessSummary): process is Scheduled {
  return process.schedule !== null;
}

function nextMs({ schedule }: Scheduled): number {
  return schedule.nextFireAt === null ? Number.POSITIVE_INFINITY : Date.parse(schedule.nextFireAt);
}

/** What happens with fires that nobody was there for, in words. */
export function misfireText(misfire: Scheduled["schedule"]["misfire"]): string {
  return misfire === "once" ? "missed starts: one afterwards" : "missed starts: left out";
}
