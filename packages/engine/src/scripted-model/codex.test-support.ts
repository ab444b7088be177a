import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { stringify } from "smol-toml";
import { z } from "zod";
import type { ScriptedModel } from "./start-scripted-model.ts";

const messageSchema = z.looseObject({
  id: z.number().optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});

const itemSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  status: z.string().optional(),
  text: z.string().optional(),
});

const turnSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  error: z.looseObject({ message: z.string() }).nullish(),
});

const threadSchema = z.looseObject({ thread: z.looseObject({ id: z.string() }) });

export type CodexItem = z.infer<typeof itemSchema>;
export type CodexTurn = z.infer<typeof turnSchema> & { items: CodexItem[]; approvals: string[] };
export type CodexHome = { dir: string; workspace: string; [Symbol.asyncDispose](): Promise<void> };

/** A fresh CODEX_HOME and workspace for `model`, removed on disposal. */
export async function createCodexHome(model: ScriptedModel, modelName?: string): Promise<CodexHome> {
  const dir = await mkdtemp("/var/tmp/optio-scripted-");
  const workspace = join(dir, "workspace");
  await mkdir(workspace);
  await mkdir(join(dir, "codex"));
  const config = {
    ...model.codexConfig(),
    ...(modelName === undefined ? {} : { model: modelName }),
    check_for_update_on_startup: false,
    features: { plugins: false, apps: false },
    analytics: { enabled: false },
    projects: { [workspace]: { trust_level: "trusted" } },
  };
  await writeFile(join(dir, "codex", "config.toml"), stringify(config));
  return {
    dir,
    workspace,
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The real codex app-server over stdio. */
export class Codex {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #home: CodexHome;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #waiters = new Set<(method: string, params: Record<string, unknown>) => void>();
  readonly warnings: string[] = [];
  decision = "accept";
  #lastId = 0;

  static async start(home: CodexHome): Promise<Codex> {
    const codex = new Codex(home);
    await codex.call("initialize", {
      clientInfo: { name: "test", title: "test", version: "1" },
      capabilities: { experimentalApi: true },
    });
    codex.#send({ method: "initialized" });
    return codex;
  }

  private constructor(home: CodexHome) {
    this.#home = home;
    this.#child = spawn(codexBinary(), ["app-server"], {
      cwd: home.workspace,
      env: { PATH: process.env.PATH, HOME: home.dir, CODEX_HOME: join(home.dir, "codex") },
    });
    this.#child.stderr.resume();
    this.#child.stdin.on("error", () => {});
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#receive(line));
  }

  async startThread(more: Record<string, unknown> = {}): Promise<string> {
    const cwd = this.#home.workspace;
    const params = { cwd, approvalPolicy: "on-request", sandbox: "workspace-write", ...more };
    return threadSchema.parse(await this.call("thread/start", params)).thread.id;
  }

  async resumeThread(threadId: string): Promise<void> {
    await this.call("thread/resume", { threadId });
  }

  /** Sends a message and waits for the end of its turn. */
  async turn(threadId: string, text: string): Promise<CodexTurn> {
    const ended = this.turnEnd(threadId);
    await this.send(threadId, text);
    return ended;
  }

  async send(threadId: string, text: string): Promise<void> {
    await this.call("turn/start", { threadId, input: [{ type: "text", text, text_elements: [] }] });
  }

  /** The next turn of the thread that ends, with the items completed until then. */
  async turnEnd(threadId: string): Promise<CodexTurn> {
    const items: CodexItem[] = [];
    const approvals: string[] = [];
    const params = await this.#until((method, params) => {
      if (params.threadId !== threadId) return false;
      if (method === "item/completed") items.push(itemSchema.parse(params.item));
      if (method.endsWith("/requestApproval")) approvals.push(method);
      return method === "turn/completed";
    });
    return { ...turnSchema.parse(params.turn), items, approvals };
  }

  async call(method: string, params: Record<string, unknown>): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<unknown>();
    this.#calls.set(id, answer);
    this.#send({ id, method, params });
    return answer.promise;
  }

  async kill(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.stdin.end();
    await exited;
  }

  #until(isLast: (method: string, params: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    return new Promise((resolve) => {
      const waiter = (method: string, params: Record<string, unknown>) => {
        if (!isLast(method, params)) return;
        this.#waiters.delete(waiter);
        resolve(params);
      };
      this.#waiters.add(waiter);
    });
  }

  #receive(line: string): void {
    const { id, method, params = {}, result, error } = messageSchema.parse(JSON.parse(line));
    if (method === undefined) {
      const answer = this.#calls.get(id ?? -1);
      if (error) answer?.reject(new Error(error.message));
      else answer?.resolve(result);
      return;
    }
    if (method === "warning") this.warnings.push(String(params.message));
    for (const waiter of [...this.#waiters]) waiter(method, params);
    if (id !== undefined) this.#send({ id, result: { decision: this.decision } });
  }

  #send(message: Record<string, unknown>): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }
}

function codexBinary(): string {
  const platform = `${process.platform}-${process.arch}`;
  const triple = `${process.arch === "arm64" ? "aarch64" : "x86_64"}-unknown-linux-musl`;
  const main = createRequire(import.meta.url).resolve("@openai/codex/package.json");
  const tree = dirname(createRequire(main).resolve(`@openai/codex-${platform}/package.json`));
  return join(tree, "vendor", triple, "bin", "codex");
}
