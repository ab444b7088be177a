import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "smol-toml";
import { WebSocket } from "ws";

/** The floor: codex with nothing of ours between it and its client. */
export interface Floor {
  /** From spawn to the first text of the first turn, in ms. */
  readonly firstTextMs: number;
  /** Sends a message; resolves with the ms to the first text, after the turn has ended. */
  turn(text: string): Promise<number>;
  /** Opens another client, as a new viewer would, and reads the thread with its whole history. Answers the ms that took and its bytes. */
  resumeAsViewer(): Promise<{ ms: number; bytes: number }>;
  stop(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: unknown;
}

const SPAWN_POLL_MS = 1;

/** The native binary of the pinned npm package. */
export function codexBinary(): string {
  const main = createRequire(import.meta.resolve("@openai/codex/package.json"));
  const [name, triple] = process.arch === "arm64" ? ["linux-arm64", "aarch64"] : ["linux-x64", "x86_64"];
  return join(
    dirname(main.resolve(`@openai/codex-${name}/package.json`)),
    "vendor",
    `${triple}-unknown-linux-musl`,
    "bin",
    "codex",
  );
}

/** Starts a bare app-server with a fresh CODEX_HOME and runs a first turn on it. */
export async function startFloor(root: string, codexConfig: object, prompt: string): Promise<Floor> {
  const dir = await mkdtemp(join(root, "floor-"));
  const home = join(dir, "home");
  const workspace = join(dir, "ws");
  await mkdir(home, { recursive: true });
  await mkdir(workspace);
  const startedAt = performance.now();
  const config = {
    ...codexConfig,
    check_for_update_on_startup: false,
    analytics: { enabled: false },
    features: { plugins: false, apps: false },
    projects: { [workspace]: { trust_level: "trusted" } },
  };
  await writeFile(join(home, "config.toml"), stringify(config));
  const link = join(dir, "s");
  const env = { PATH: process.env.PATH ?? "", HOME: dir, CODEX_HOME: home };
  const child = spawn(codexBinary(), ["app-server", "--listen", `unix://${link}`], {
    cwd: workspace,
    env,
    stdio: "ignore",
  });
  const socketPath = `/tmp/codex-daemon-${process.getuid?.() ?? 0}/${createHash("sha256").update(link).digest("hex")}`;
  const rpc = await connectRpc(socketPath);
  await initialize(rpc);
  const { thread } = (await rpc.call("thread/start", {
    cwd: workspace,
    approvalPolicy: "on-request",
    sandbox: "workspace-write",
  })) as { thread: { id: string } };
  const turn = (text: string, from = performance.now()) => runTurn(rpc, thread.id, text, from);
  const firstTextMs = await turn(prompt, startedAt);
  return {
    firstTextMs,
    turn,
    async resumeAsViewer() {
      const from = performance.now();
      const viewer = await connectRpc(socketPath);
      await initialize(viewer);
      const resumed = await viewer.call("thread/resume", { threadId: thread.id });
      const ms = performance.now() - from;
      viewer.close();
      return { ms, bytes: JSON.stringify(resumed).length };
    },
    async stop() {
      rpc.close();
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

interface Rpc {
  call(method: string, params: object): Promise<unknown>;
  notify(method: string): void;
  /** Resolves with the first notification of the method, from now on. */
  next(method: string): Promise<Message>;
  close(): void;
}

async function initialize(rpc: Rpc): Promise<void> {
  await rpc.call("initialize", {
    clientInfo: { name: "floor", title: null, version: "0" },
    capabilities: { experimentalApi: true, requestAttestation: false },
  });
  rpc.notify("initialized");
}

async function runTurn(rpc: Rpc, threadId: string, text: string, from: number): Promise<number> {
  const delta = rpc.next("item/agentMessage/delta").then(() => performance.now() - from);
  const done = rpc.next("turn/completed");
  await rpc.call("turn/start", { threadId, input: [{ type: "text", text, text_elements: [] }] });
  const ms = await delta;
  await done;
  return ms;
}

async function connectRpc(socketPath: string): Promise<Rpc> {
  for (;;) {
    try {
      return await openRpc(socketPath);
    } catch {
      await delay(SPAWN_POLL_MS);
    }
  }
}

function openRpc(socketPath: string): Promise<Rpc> {
  const ws = new WebSocket("ws://localhost/", {
    createConnection: () => connect(socketPath),
    perMessageDeflate: false,
  });
  const calls = new Map<number, PromiseWithResolvers<unknown>>();
  const waiting = new Map<string, ((message: Message) => void)[]>();
  const ids = { next: 1 };
  ws.on("message", (data) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.method && message.id === undefined) {
      for (const resolve of waiting.get(message.method) ?? []) resolve(message);
      waiting.delete(message.method);
    } else if (message.id !== undefined) {
      const call = calls.get(message.id);
      if (message.error) call?.reject(new Error(JSON.stringify(message.error)));
      else call?.resolve(message.result);
    }
  });
  const rpc: Rpc = {
    call(method, params) {
      const id = ids.next++;
      const call = Promise.withResolvers<unknown>();
      calls.set(id, call);
      ws.send(JSON.stringify({ id, method, params }));
      return call.promise;
    },
    notify: (method) => ws.send(JSON.stringify({ method })),
    next: (method) => new Promise((resolve) => waiting.set(method, [...(waiting.get(method) ?? []), resolve])),
    close: () => ws.terminate(),
  };
  return new Promise((resolve, reject) => {
    ws.once("open", () => resolve(rpc));
    ws.once("error", reject);
  });
}
