import type { Block } from "@optio/contract";
import { OptioError, unwrap } from "@optio/contract";
import type { Command } from "commander";
import { connect } from "../connection/connect.ts";
import { onceHeader } from "../connection/idempotency.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import { addFilterOption, readFilters } from "../read-filter.ts";
import { formatAge } from "../render/format.ts";
import { firstLine, styleFor } from "../render/style.ts";
import { renderTable } from "../render/table.ts";

interface BlockOptions extends GlobalOptions {
  readonly filter?: readonly string[];
  readonly reason?: string;
  readonly memory?: boolean;
}

/** `optio blocks`: what is not launched for now. */
export function addBlocks(program: Command, context: CliContext): void {
  const blocks = program.command("blocks").description("launch blocks: what they match is not launched");
  const ls = blocks.command("ls", { isDefault: true }).description("list the blocks, oldest first");
  ls.action(async () => listBlocks(context, ls.optsWithGlobals<GlobalOptions>()));
  const add = addFilterOption(blocks.command("add").description("block launches (role admin)"), FILTER_HELP)
    .option("--reason <text>", "why, for who is refused")
    .option("--memory", "until the server stops; else until it is lifted");
  add.action(async () => addBlock(context, add.optsWithGlobals<BlockOptions>()));
  const lift = addFilterOption(
    blocks
      .command("lift")
      .argument("[id]", "id of the block")
      .description("lift blocks by id or by their filter (role admin)"),
    "the filter of the block",
  );
  lift.action(async (id: string | undefined) => liftBlocks(context, id, lift.optsWithGlobals<BlockOptions>()));
}

const FILTER_HELP =
  'what to block: field=value, field!=value, or a filter as JSON (repeatable); "{}" blocks everything';

async function listBlocks(context: CliContext, options: GlobalOptions): Promise<void> {
  const { api } = await connect(context, options);
  const page = await unwrap(api.GET("/blocks", {}));
  if (options.json) return printJson(context, page);
  if (page.items.length === 0) return printLine(context, "no launch blocks");
  const rows = page.items.map((block) => blockRow(block, context.now()));
  printLine(context, renderTable(["ID", "AGE", "UNTIL", "FILTER", "REASON"], rows, styleFor(context, context.stdout)));
}

function blockRow({ id, createdAt, persistent, filter, reason }: Block, now: number): string[] {
  const until = persistent ? "lifted" : "restart";
  return [id, formatAge(createdAt, now), until, JSON.stringify(filter), reason === null ? "-" : firstLine(reason)];
}

async function addBlock(context: CliContext, options: BlockOptions): Promise<void> {
  const filter = readFilters(options.filter);
  if (filter === undefined) throw new OptioError("usage", 'name what to block with --filter; "{}" blocks everything');
  const { api } = await connect(context, options);
  const { reason } = options;
  const body = { filter, persistent: options.memory !== true, ...(reason === undefined ? {} : { reason }) };
  const block = await unwrap(api.POST("/blocks", { params: { header: onceHeader() }, body }));
  if (options.json) printJson(context, block);
  else printLine(context, `blocked ${JSON.stringify(block.filter)} (${block.id})`);
}

async function liftBlocks(context: CliContext, id: string | undefined, options: BlockOptions): Promise<void> {
  const filter = readFilters(options.filter);
  if ((id === undefined) === (filter === undefined))
    throw new OptioError("usage", "name the block by its id or by --filter, one of the two");
  const { api } = await connect(context, options);
  const query = filter === undefined ? { id: id ?? "" } : { filter: JSON.stringify(filter) };
  const answer = await unwrap(api.DELETE("/blocks", { params: { query } }));
  if (options.json) printJson(context, answer);
  else printLine(context, answer.removed === 0 ? "no such block" : `lifted ${answer.removed}`);
  if (answer.removed === 0) context.exit.code = 1;
}
