import type { ApiClient, ProcessState, ProcessSummary } from "@optio/contract";
import { PROCESS_STATES, unwrap } from "@optio/contract";
import type { Command } from "commander";
import { Option } from "commander";
import { connect } from "../connection/connect.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import { formatAge } from "../render/format.ts";
import { firstLine, styleFor } from "../render/style.ts";
import { renderTable } from "../render/table.ts";
import { readCount } from "./read-count.ts";

const PAGE_SIZE = 500;

interface ListOptions extends GlobalOptions {
  readonly state?: ProcessState;
  readonly q?: string;
  readonly limit: string;
}

/** `optio ls`: the processes, newest first. */
export function addLs(program: Command, context: CliContext): void {
  const command = program
    .command("ls")
    .description("list sessions and tasks, newest first")
    .addOption(new Option("--state <state>", "only in this state").choices(PROCESS_STATES))
    .option("--q <text>", "only with this text in id, name or description")
    .option("--limit <count>", "at most so many", "100");
  command.action(async () => list(context, command.optsWithGlobals<ListOptions>()));
}

async function list(context: CliContext, options: ListOptions): Promise<void> {
  const limit = readCount(options.limit, "--limit", 100_000);
  const { api } = await connect(context, options);
  const { items, next } = await readPages(api, options, limit);
  if (options.json) return printJson(context, { items, next });
  if (items.length === 0) return printLine(context, "no processes; start one with: optio run");
  const style = styleFor(context, context.stdout);
  const rows = items.map((process) => processRow(process, context.now()));
  const width = context.stdout.isTTY === true ? (context.stdout.columns ?? 0) : 0;
  printLine(context, renderTable(["ID", "STATE", "AGE", "MODEL", "NAME", "NOW"], rows, style, width));
}

/** The cells of a process in the list. */
export function processRow(process: ProcessSummary, now: number): string[] {
  const { session } = process;
  const isRunning = process.state === "running";
  const name = session?.scripted ? `${process.name} [scripted]` : process.name;
  const activity = session?.activity ?? process.progress?.message ?? "";
  const detail = process.error && !isRunning ? process.error.message : activity;
  const waits = session && session.pendingDecisions > 0 ? `needs you (${session.pendingDecisions}) ` : "";
  return [
    process.id,
    isRunning && session ? session.phase : process.state,
    formatAge(process.startedAt ?? process.createdAt, now),
    session?.model ?? "-",
    firstLine(name, 40),
    firstLine(`${waits}${detail}`, 80),
  ];
}

async function readPages(
  api: ApiClient,
  options: ListOptions,
  limit: number,
): Promise<{ items: ProcessSummary[]; next: string | null }> {
  const items: ProcessSummary[] = [];
  let next: string | null = null;
  do {
    const query = {
      limit: Math.max(1, Math.min(PAGE_SIZE, limit - items.length)),
      ...(options.state === undefined ? {} : { state: options.state }),
      ...(options.q === undefined ? {} : { q: options.q }),
      ...(next === null ? {} : { cursor: next }),
    };
    const page: { items: ProcessSummary[]; next: string | null } = await unwrap(
      api.GET("/processes", { params: { query } }),
    );
    items.push(...page.items);
    next = page.next;
  } while (next !== null && items.length < limit);
  return { items: items.slice(0, limit), next };
}
