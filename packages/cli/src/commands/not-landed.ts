import { OptioError } from "@optio/contract";
import type { Command } from "commander";

/** Commands of the design whose part has not landed. */
export const COMMANDS_NOT_LANDED = [
  "terminal",
  "checkpoint",
  "snapshot",
  "rewind",
  "fork",
  "diff",
  "get",
  "put",
  "identity",
  "host",
] as const;

/** Refuses the commands that have not landed by name, instead of calling them unknown. */
export function addNotLanded(program: Command): void {
  for (const name of COMMANDS_NOT_LANDED) {
    program
      .command(name, { hidden: true })
      .argument("[anything...]")
      .allowUnknownOption()
      .action(() => {
        throw new OptioError("not-available", `the command 'optio ${name}' is not available in this version`, {
          status: 501,
          data: { next: "Update, or see what there is with: optio --help" },
        });
      });
  }
}
