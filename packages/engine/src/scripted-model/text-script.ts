import { z } from "zod";
import type { ScriptedTurn, Step } from "./script.ts";
import { stepSchema } from "./script.ts";

const MARKER = "!script";

/**
 * The default script: a message that begins with `!script ` and goes on with a JSON list of steps carries its own script; any other is
 * answered with `answer to: <text>`. A list that cannot be read is answered with the reason.
 */
export function textScript(turn: ScriptedTurn): Step[] {
  return stepsFromText(turn.lastUserText, "answer to: {text}");
}

/** `textScript` with another reply to messages without steps; `{text}` in it stands for the message. */
export function scriptFromText(reply: string): (turn: ScriptedTurn) => Step[] {
  return (turn) => stepsFromText(turn.lastUserText, reply);
}

function stepsFromText(text: string, reply: string): Step[] {
  const written = text.trim();
  if (!written.startsWith(`${MARKER} `)) return [{ say: reply.replaceAll("{text}", () => text) }];
  try {
    const parsed = z.array(stepSchema).safeParse(JSON.parse(written.slice(MARKER.length)));
    if (parsed.success) return parsed.data;
    return [{ say: `script not understood: ${z.prettifyError(parsed.error)}` }];
  } catch (error) {
    return [{ say: `script not understood: ${String(error)}` }];
  }
}
