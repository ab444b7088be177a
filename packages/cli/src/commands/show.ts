import type { ApiClient, ProcessSummary, SessionView } from "@optio/contract";
import { unwrap } from "@optio/contract";
import type { Command } from "commander";
import { connect } from "../connection/connect.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import { describeDecision } from "../render/describe-event.ts";
import { progressText } from "../render/describe-process.ts";
import { formatAge, formatCount, formatDuration, formatUntil } from "../render/format.ts";
import { firstLine, styleFor } from "../render/style.ts";
import { renderFields } from "../render/table.ts";

/** `optio show`: one process or session. */
export function addShow(program: Command, context: CliContext): void {
  const command = program.command("show").argument("<id>", "session or task").description("show one session or task");
  command.action(async (id: string) => show(context, id, command.optsWithGlobals<GlobalOptions>()));
}

async function show(context: CliContext, id: string, options: GlobalOptions): Promise<void> {
  const { api } = await connect(context, options);
  const params = { path: { id } };
  const process = await unwrap(api.GET("/processes/{id}", { params }));
  const session = process.kind === "session" ? await unwrap(api.GET("/sessions/{id}", { params })) : undefined;
  if (options.json) return printJson(context, session ?? process);
  const children = await countChildren(api, id);
  const fields = [
    ...processFields(process, context.now()),
    ["children", children] as const,
    ...(session ? sessionFields(session) : taskFields(process, context.now())),
  ];
  printLine(context, renderFields(fields, styleFor(context, context.stdout)));
}

type Field = readonly [string, string | null | undefined];

function processFields(process: ProcessSummary, now: number): Field[] {
  const { error, metadata, startedAt, endedAt } = process;
  return [
    ["id", process.id],
    ["name", process.name],
    ["about", process.description && firstLine(process.description)],
    ["state", process.run === 0 ? `${process.state} (never launched)` : `${process.state} (run ${process.run})`],
    ["error", error && `${firstLine(error.message, 400)} (${error.code})`],
    ["progress", progressText(process) || null],
    ["metadata", isEmpty(metadata) ? null : shortJson(metadata)],
    ["parent", process.parent],
    ["created", instant(process.createdAt, now)],
    ["started", startedAt && instant(startedAt, now)],
    ["ended", endedAt && `${instant(endedAt, now)}${tookText(startedAt, endedAt)}`],
  ];
}

function taskFields(process: ProcessSummary, now: number): Field[] {
  const { schedule, warning, ttlSeconds, expiresAt, uiWidget, widgetData } = process;
  const can = [
    process.cancellable ? null : "cannot be cancelled",
    process.supportsResume ? (process.hasSavedState ? "can be resumed" : "supports resume, nothing kept yet") : null,
    process.autoResume ? "resumes after a restart" : null,
    process.adhoc ? "made by a call" : null,
    process.ephemeral ? "removed when its run ends" : null,
    process.special ? "special" : null,
  ].filter((fact) => fact !== null);
  return [
    ["schedule", schedule && `${schedule.cron} (${schedule.timeZone}, missed: ${schedule.misfire})`],
    [
      "next",
      schedule && (schedule.nextFireAt ? `${schedule.nextFireAt} (${formatUntil(schedule.nextFireAt, now)})` : "never"),
    ],
    ["warning", warning && firstLine(warning, 400)],
    ["kept", ttlSeconds === null ? null : `${formatDuration(ttlSeconds * 1000)} after its end`],
    ["expires", expiresAt && `${expiresAt} (${formatUntil(expiresAt, now)})`],
    ["widget", uiWidget],
    ["shows", widgetData === null || widgetData === undefined ? null : shortJson(widgetData)],
    ["log", process.logHead === 0 ? "empty" : `${formatCount(process.logHead)} lines; optio log ${process.id}`],
    ["facts", can.length === 0 ? null : can.join(", ")],
  ];
}

function instant(at: string, now: number): string {
  return `${at} (${formatAge(at, now)} ago)`;
}

function tookText(startedAt: string | null, endedAt: string): string {
  return startedAt === null ? "" : `, took ${formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}`;
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

function shortJson(value: unknown): string {
  return firstLine(JSON.stringify(value), 160);
}

/** Direct children by state, `3: 2 done, 1 failed`; null without any. */
async function countChildren(api: ApiClient, parent: string): Promise<string | null> {
  const { items, next } = await unwrap(api.GET("/processes", { params: { query: { parent, limit: 500 } } }));
  if (items.length === 0) return null;
  const counts = [...Map.groupBy(items, ({ state }) => state)].map(([state, all]) => `${all.length} ${state}`);
  return `${items.length}${next === null ? "" : " and more"}: ${counts.join(", ")}; optio ls --tree --filter id=${parent}`;
}

function sessionFields(session: SessionView): Field[] {
  const { posture, usage, login } = session;
  return [
    ["phase", session.live ? session.phase : `${session.phase} (not connected)`],
    ["agent", session.scripted ? `${session.agent} (scripted model)` : session.agent],
    ["model", session.model],
    ["thread", session.thread?.id],
    ["workspace", session.workspace],
    [
      "sandbox",
      posture && `${posture.sandbox}, approvals ${posture.approvals}, network ${posture.networkAccess ? "on" : "off"}`,
    ],
    ["tokens", usage && formatCount(usage.total.totalTokens)],
    ["login", login.required ? `needed: ${login.kinds.join(", ")}` : null],
    ...session.queue.map((message): Field => ["queued", firstLine(message.text)]),
    ...session.decisions.map((decision): Field => ["decision", `${decision.id}  ${describeDecision(decision)}`]),
  ];
}
