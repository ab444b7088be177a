import { jsonObjectSchema, MISFIRE_POLICIES, OptioError, processIdSchema } from "@optio/contract";
import { z } from "zod";
import { parseSchedule } from "../schedules/next-fire.ts";
import type { TaskDefinition } from "../task.ts";

const taskSchema = z.strictObject({
  id: processIdSchema,
  name: z.string().min(1),
  description: z.string().optional(),
  params: jsonObjectSchema.optional(),
  metadata: jsonObjectSchema.optional(),
  schedule: z
    .union([
      z.string(),
      z.strictObject({
        cron: z.string(),
        timeZone: z.string().optional(),
        misfire: z.enum(MISFIRE_POLICIES).optional(),
      }),
    ])
    .optional(),
  special: z.boolean().optional(),
  warning: z.string().optional(),
  cancellable: z.boolean().optional(),
  uiWidget: z.string().optional(),
  supportsResume: z.boolean().optional(),
  ttlSeconds: z.number().positive().optional(),
  autoCancelChildren: z.boolean().optional(),
  autoResume: z.boolean().optional(),
  session: z.object({ agent: z.string(), model: z.string().nullable(), scripted: z.boolean() }).optional(),
  execute: z.custom<TaskDefinition["execute"]>((value) => typeof value === "function", "must be a function"),
});

/**
 * Checks a task that a program hands over.
 * @throws `invalid` naming the task and the key that is wrong.
 */
export function checkTask(
  task: TaskDefinition,
  options: { readonly hasAgent: (id: string) => boolean },
): asserts task is TaskDefinition {
  const parsed = taskSchema.safeParse(task);
  if (!parsed.success) throw refusal(task, describeIssue(parsed.error.issues[0]));
  const { schedule, autoResume, supportsResume, session } = parsed.data;
  if (schedule !== undefined) checkSchedule(task);
  if (autoResume && !supportsResume) throw refusal(task, "autoResume: needs supportsResume");
  if (session && !options.hasAgent(session.agent))
    throw refusal(task, `session: wants the agent '${session.agent}', which this engine does not have`);
}

function checkSchedule(task: TaskDefinition): void {
  try {
    if (task.schedule !== undefined) parseSchedule(task.schedule);
  } catch (error) {
    throw refusal(task, error instanceof Error ? error.message : String(error));
  }
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "unrecognized_keys") return `unknown key '${issue.keys.join("', '")}'`;
  return `${issue?.path.join(".") || "task"}: ${issue?.message ?? "is wrong"}`;
}

function refusal(task: unknown, why: string): OptioError {
  const id = typeof task === "object" && task !== null && "id" in task ? String(task.id) : typeof task;
  return new OptioError("invalid", `task '${id}': ${why}`);
}
