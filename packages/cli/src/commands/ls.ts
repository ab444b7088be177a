import type { ApiClient, Filter, ProcessState, ProcessSummary } from "@optio/contract";
import { PROCESS_STATES, unwrap } from "@optio/contract";
import type { Command } from "commander";
import { Option } from "commander";
import { connect } from "../connection/connect.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine, printNote } from "../context.ts";
import { addFilterOption, readFilters } from "../read-filter.ts";
import { PROCESS_HEADINGS, processRow } from "../render/describe-process.ts";
import { styleFor } from "../render/style.ts";
import { renderTable } from "../render/table.ts";
import type { ProcessTree } from "../render/tree.ts";
import { drawTrees, growTrees } from "../render/tree.ts";
import { readCount } from "./read-count.ts";

const PAGE_SIZE = 500;
/** So many roots of the longest ids still fit into one filter. */
const ROOTS_PER_REQUEST = 50;

interface ListOptions extends GlobalOptions {
  readonly state?: ProcessState;
  readonly q?: string;
  readonly filter?: readonly string[];
  readonly tree?: boolean;
  readonly all?: boolean;
  readonly limit: string;
}

/** `optio ls`: the processes, newest first. */
export function addLs(program: Command, context: CliContext): void {
  const command = program
    .command("ls")
    .description("list sessions and tasks, newest first")
    .option("--tree", "with children below their parents; each tree that holds a match is shown whole")
    .addOption(new Option("--state <state>", "only in this state").choices(PROCESS_STATES))
    .option("--q <text>", "only with this text in id, name or description")
    .option("--all", "special tasks too, which are hidden otherwise")
    .option("--limit <count>", "at most so many", "100");
  addFilterOption(command);
  command.action(async () => list(context, command.optsWithGlobals<ListOptions>()));
}

async function list(context: CliContext, options: ListOptions): Promise<void> {
  const limit = readCount(options.limit, "--limit", 100_000);
  const filter = shownOnly(readFilters(options.filter), options);
  const { api } = await connect(context, options);
  const query: ListQuery = {
    ...(options.state === undefined ? {} : { state: options.state }),
    ...(options.q === undefined ? {} : { q: options.q }),
    ...(filter === undefined ? {} : { filter: JSON.stringify(filter) }),
  };
  const { items, next } = await readPages(api, query, limit);
  const trees = options.tree ? await readTrees(api, items) : undefined;
  if (options.json) return printJson(context, { items: trees ?? items, next });
  if (items.length === 0) return printLine(context, emptyWords(options));
  const drawn = trees ? drawTrees(trees) : items.map((process) => ({ process, label: process.id }));
  const rows = drawn.map(({ process, label }) => processRow(process, context.now(), label));
  const width = context.stdout.isTTY === true ? (context.stdout.columns ?? 0) : 0;
  printLine(context, renderTable(PROCESS_HEADINGS, rows, styleFor(context, context.stdout), width));
  if (next !== null) printNote(context, `there are more than ${limit}; show them with --limit`);
}

type ListQuery = { readonly state?: ProcessState; readonly q?: string; readonly filter?: string };

/** Special tasks are shown to who asks for them. */
function shownOnly(filter: Filter | undefined, { all, filter: given }: ListOptions): Filter | undefined {
  if (all || given?.some((text) => text.includes("special"))) return filter;
  const shown: Filter = { special: false };
  return filter === undefined ? shown : { and: [filter, shown] };
}

function emptyWords({ state, q, filter }: ListOptions): string {
  const isFiltered = state !== undefined || q !== undefined || filter !== undefined;
  return isFiltered ? "no process matches" : "no processes; start one with: optio run";
}

/** The whole trees that the items belong to, in the order of the items. */
async function readTrees(api: ApiClient, items: readonly ProcessSummary[]): Promise<ProcessTree[]> {
  const roots = [...new Set(items.map((process) => process.root))];
  const members: ProcessSummary[] = [];
  for (let at = 0; at < roots.length; at += ROOTS_PER_REQUEST) {
    const filter = JSON.stringify({ root: { in: roots.slice(at, at + ROOTS_PER_REQUEST) } });
    members.push(...(await readPages(api, { filter }, Number.POSITIVE_INFINITY)).items);
  }
  return growTrees(roots, members);
}

async function readPages(
  api: ApiClient,
  which: ListQuery,
  limit: number,
): Promise<{ items: ProcessSummary[]; next: string | null }> {
  const items: ProcessSummary[] = [];
  let next: string | null = null;
  do {
    const query = {
      ...which,
      limit: Math.max(1, Math.min(PAGE_SIZE, limit - items.length)),
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
