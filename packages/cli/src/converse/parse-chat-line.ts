import type { MessageMode } from "@optio/contract";

/** What a line typed in a chat means. */
export type ChatLine =
  | { readonly kind: "message"; readonly text: string; readonly mode: MessageMode }
  | { readonly kind: "interrupt" | "close" | "decide" | "quit" | "nothing" }
  | { readonly kind: "help"; readonly text: string };

const HELP = `/interrupt  stop the running turn
/steer TEXT  say something to the running turn
/decide     ask for open decisions again
/close      end the session
/quit       leave; the session goes on (also Ctrl-C, Ctrl-D)
//TEXT      a message that begins with a slash`;

/** Reads a line typed in a chat: a message, or a command that begins with a slash. */
export function parseChatLine(line: string): ChatLine {
  const text = line.trim();
  if (text === "") return { kind: "nothing" };
  if (text.startsWith("//")) return { kind: "message", text: text.slice(1), mode: "auto" };
  if (!text.startsWith("/")) return { kind: "message", text: line, mode: "auto" };
  const [, word = "", rest = ""] = /^\/(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  if (word === "steer" && rest !== "") return { kind: "message", text: rest, mode: "steer" };
  if (word === "interrupt" || word === "close" || word === "decide" || word === "quit") return { kind: word };
  if (word === "exit") return { kind: "quit" };
  return { kind: "help", text: word === "help" ? HELP : `unknown command /${word}\n${HELP}` };
}
