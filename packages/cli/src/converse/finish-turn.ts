import { OptioError } from "@optio/contract";
import type { CliContext } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import type { TurnResult } from "./await-turn.ts";

/**
 * Gives the result of a turn that was waited for and sets the exit code: 0 when it completed, else 1.
 * Off a terminal the agent's last message goes to standard output; as JSON the line is `{"result": …}`.
 * @throws `login-not-possible` when the session had no login.
 */
export function finishTurn(context: CliContext, id: string, result: TurnResult, json: boolean): void {
  const { status, turnId, text, error } = result;
  if (json)
    printJson(context, { result: { sessionId: id, status, turnId: turnId ?? null, text, error: error ?? null } });
  else if (context.stdout.isTTY !== true && text !== "") printLine(context, text);
  if (status !== "completed") context.exit.code = 1;
  if (status !== "login") return;
  throw new OptioError("login-not-possible", `session '${id}' has no login, so its message waited for one`, {
    data: { next: "Give an API key with --api-key-stdin, or with --codex-config a provider that needs no login." },
  });
}
