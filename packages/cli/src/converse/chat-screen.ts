import type { Interface } from "node:readline";
import { clearLine, createInterface, cursorTo } from "node:readline";
import type { CliContext } from "../context.ts";

const PROMPT = "› ";

export interface ChatScreenOptions {
  /** False: standard input is not read. */
  readonly isTyping: boolean;
  readonly onLine: (line: string) => void;
  /** Ctrl-C or Ctrl-D on a terminal. */
  readonly onLeave: () => void;
}

/** Output and a line to type on, on one terminal: output goes above the line that is being typed. */
export class ChatScreen implements Disposable {
  readonly #context: CliContext;
  readonly #options: ChatScreenOptions;
  readonly #isTerminal: boolean;
  #editor: Interface | undefined;
  #isPromptShown = false;
  #isHeld = false;
  #held = "";

  constructor(context: CliContext, options: ChatScreenOptions) {
    this.#context = context;
    this.#options = options;
    this.#isTerminal = context.stdin.isTTY === true && context.stdout.isTTY === true;
    if (options.isTyping) this.#openEditor("");
  }

  write(text: string): void {
    if (text === "") return;
    if (this.#isHeld) {
      this.#held += text;
      return;
    }
    if (this.#isPromptShown) {
      cursorTo(this.#context.stdout, 0);
      clearLine(this.#context.stdout, 0);
      this.#isPromptShown = false;
    }
    this.#context.stdout.write(text);
    if (text.endsWith("\n")) this.#showPrompt();
  }

  /** Gives the terminal to a prompt; output waits until it is over, and what was being typed comes back. */
  async hold<T>(prompt: () => Promise<T>): Promise<T> {
    const typed = this.#editor?.line ?? "";
    const wasTyping = this.#editor !== undefined;
    this.#closeEditor();
    this.#isHeld = true;
    try {
      return await prompt();
    } finally {
      this.#isHeld = false;
      const held = this.#held;
      this.#held = "";
      if (wasTyping) this.#openEditor(typed);
      this.write(held);
    }
  }

  [Symbol.dispose](): void {
    this.#closeEditor();
    // an open standard input would keep the program alive
    if (this.#options.isTyping) this.#context.stdin.pause();
  }

  #openEditor(typed: string): void {
    const { stdin, stdout } = this.#context;
    const editor = createInterface({
      input: stdin,
      ...(this.#isTerminal ? { output: stdout, terminal: true, prompt: PROMPT } : {}),
    });
    this.#editor = editor;
    editor.on("line", (line) => {
      this.#isPromptShown = false;
      this.#options.onLine(line);
      this.#showPrompt();
    });
    editor.on("SIGINT", () => this.#options.onLeave());
    // of a file or pipe only the typing ends: the session is still to be watched
    editor.on("close", () => {
      if (this.#editor === editor && this.#isTerminal) this.#options.onLeave();
    });
    if (typed !== "") editor.write(typed);
    this.#showPrompt();
  }

  #closeEditor(): void {
    const editor = this.#editor;
    this.#editor = undefined;
    if (this.#isPromptShown) {
      cursorTo(this.#context.stdout, 0);
      clearLine(this.#context.stdout, 0);
      this.#isPromptShown = false;
    }
    editor?.close();
  }

  #showPrompt(): void {
    if (!this.#isTerminal || this.#editor === undefined || this.#isHeld) return;
    this.#editor.prompt(true);
    this.#isPromptShown = true;
  }
}
