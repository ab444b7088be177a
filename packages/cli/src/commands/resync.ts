import { unwrap } from "@optio/contract";
import type { Command } from "commander";
import { connect } from "../connection/connect.ts";
import { onceHeader } from "../connection/idempotency.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import { addFilterOption, readFilters } from "../read-filter.ts";
import { printable } from "../render/style.ts";

interface ResyncOptions extends GlobalOptions {
  readonly clean?: boolean;
  readonly filter?: readonly string[];
}

/** `optio resync`: the server reads its definitions again. */
export function addResync(program: Command, context: CliContext): void {
  const command = program
    .command("resync")
    .description(
      "read the task definitions again: new ones appear, those that are gone are cancelled and removed (role admin)",
    )
    .option("--clean", "remove the records first, with their logs and results");
  addFilterOption(command);
  command.action(async () => resync(context, command.optsWithGlobals<ResyncOptions>()));
}

async function resync(context: CliContext, options: ResyncOptions): Promise<void> {
  const filter = readFilters(options.filter);
  const { api } = await connect(context, options);
  const body = { clean: options.clean === true, ...(filter === undefined ? {} : { filter }) };
  const answer = await unwrap(api.POST("/resync", { params: { header: onceHeader() }, body }));
  if (options.json) return printJson(context, answer);
  const names = (what: string, ids: readonly string[]) =>
    ids.length === 0 ? [] : [`${what} ${ids.map(printable).join(", ")}`];
  const count = answer.defined === 1 ? "1 definition" : `${answer.defined} definitions`;
  printLine(context, [count, ...names("added", answer.added), ...names("removed", answer.removed)].join("; "));
}
