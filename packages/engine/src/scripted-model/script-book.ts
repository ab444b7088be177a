import type { MessageScript } from "./plan-turn.ts";
import type { Script, ScriptMatch, ScriptSource } from "./script.ts";

/** The scripts of one server; the one added last is tried first. */
export class ScriptBook {
  readonly #entries: { match: ScriptMatch; script: Script }[] = [];
  readonly #fallback: Script;

  /** `fallback` answers the threads that no script fits, and what a list of turns does not cover. */
  constructor(source: ScriptSource | undefined, fallback: Script) {
    this.#fallback = fallback;
    if (source === undefined) return;
    if (isMatchedList(source)) this.#entries.push(...source);
    else this.#entries.push({ match: {}, script: source });
  }

  add(match: ScriptMatch, script: Script): void {
    this.#entries.unshift({ match, script });
  }

  /** The script of a thread, as a function of one message. */
  find(threadId: string, firstUserText: string): MessageScript {
    const entry = this.#entries.find(({ match }) => fits(match, threadId, firstUserText));
    const script = entry?.script ?? this.#fallback;
    return (message, index) => {
      const listed = typeof script !== "function" && index === 0 && script[message.turnIndex];
      if (listed) return listed;
      return asFunction(typeof script === "function" ? script : this.#fallback)(message);
    };
  }
}

function isMatchedList(source: ScriptSource): source is Extract<ScriptSource, { match: ScriptMatch }[]> {
  return Array.isArray(source) && source[0] !== undefined && "match" in source[0];
}

function fits(match: ScriptMatch, threadId: string, firstUserText: string): boolean {
  if (match.threadId !== undefined && match.threadId !== threadId) return false;
  const { firstText } = match;
  if (firstText === undefined) return true;
  return typeof firstText === "string" ? firstUserText.startsWith(firstText) : firstUserText.search(firstText) >= 0;
}

function asFunction(script: Script): Extract<Script, (...args: never[]) => unknown> {
  return typeof script === "function" ? script : ({ turnIndex }) => script[turnIndex] ?? [];
}
