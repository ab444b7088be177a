import { OptioError, unwrap } from "@optio/contract";
import type { Command } from "commander";
import { connect } from "../connection/connect.ts";
import { onceHeader } from "../connection/idempotency.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import { addFilterOption, readFilters } from "../read-filter.ts";
import { readWait, WAIT_HELP } from "./read-wait.ts";

interface GroupOptions extends GlobalOptions {
  readonly filter?: readonly string[];
  readonly wait?: string | true;
  readonly block?: boolean;
  readonly persist?: boolean;
  readonly reason?: string;
  readonly purge?: boolean;
}

/** `optio group`: what is done to all processes that a filter matches. */
export function addGroup(program: Command, context: CliContext): void {
  const group = program.command("group").description("act on all processes that a filter matches");
  const cancel = addFilterOption(
    group.command("cancel").description("cancel every active process that a filter matches"),
  )
    .option("--wait [seconds]", WAIT_HELP)
    .option("--block", "refuse launches of what matches meanwhile (role admin)")
    .option("--persist", "keep the block afterwards; with --block (role admin)")
    .option("--reason <text>", "why, for who is refused")
    .option("--purge", "remove the records of what matches, once ended (role admin)");
  cancel.action(async () => cancelGroup(context, cancel.optsWithGlobals<GroupOptions>()));
}

async function cancelGroup(context: CliContext, options: GroupOptions): Promise<void> {
  const filter = readFilters(options.filter);
  if (filter === undefined) throw new OptioError("usage", "name what to cancel with --filter");
  const waitMs = readWait(options.wait);
  const { api } = await connect(context, options);
  const { block = false, persist = false, purge = false, reason } = options;
  const body = { filter, waitMs, block, persist, purge, ...(reason === undefined ? {} : { reason }) };
  const outcome = await unwrap(api.POST("/groups/cancel", { params: { header: onceHeader() }, body }));
  if (options.json) printJson(context, outcome);
  else printLine(context, describe(outcome));
  if (waitMs > 0 && !outcome.ended) context.exit.code = 1;
}

function describe({ cancelled, ended, purged, blockId }: GroupOutcome): string {
  const parts = [
    `cancelled ${cancelled}`,
    cancelled > 0 ? (ended ? "all have ended" : "not all have ended yet") : "",
    purged > 0 ? `removed ${purged}` : "",
    blockId === null ? "" : `block ${blockId} stays`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

interface GroupOutcome {
  readonly cancelled: number;
  readonly ended: boolean;
  readonly purged: number;
  readonly blockId: string | null;
}
