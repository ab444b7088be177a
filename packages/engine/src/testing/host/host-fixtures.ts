import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { DetachedOptions, DetachedProcess, Host } from "../../host/host.ts";

const GONE_WITHIN_MS = 1_000;
const HOUR_MS = 60 * 60 * 1_000;

/** A fresh directory, removed with all programs that name it when disposed. */
export interface HostFixture extends AsyncDisposable {
  readonly host: Host;
  readonly directory: string;
  /** Control directory of the fixture's detached program, inside `directory`. */
  readonly controlDir: string;
  /** Starts a shell script as a detached program whose HOME is `directory`. */
  spawn(script: string, options?: Partial<DetachedOptions>): Promise<DetachedProcess>;
  /** Pids of living processes that name `directory` in their environment or belong to the group; [] as soon as none is left (looked at for 1 s). */
  leftovers(group?: number, withinMs?: number): Promise<number[]>;
}

/** Makes a fixture on the host; `name` may hold any character a file name can. */
export async function createHostFixture(host: Host, name = "control"): Promise<HostFixture> {
  const directory = await mkdtemp("/var/tmp/optio-host-");
  const controlDir = `${directory}/${name}`;
  await host.files.makeDirectory(controlDir);
  return {
    host,
    directory,
    controlDir,
    spawn: (script, options) =>
      host.processes.spawnDetached({
        controlDir,
        command: "/bin/sh",
        args: ["-c", script, "sh", directory],
        env: { PATH: "/usr/bin:/bin", HOME: directory },
        cwd: directory,
        orphanAfterMs: HOUR_MS,
        ...options,
      }),
    leftovers: (group, withinMs = GONE_WITHIN_MS) => leftovers(directory, group, withinMs),
    async [Symbol.asyncDispose]() {
      await host.processes.killMarked(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function leftovers(directory: string, group: number | undefined, withinMs: number): Promise<number[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await processesOf(directory, group);
    if (found.length === 0 || performance.now() > deadline) return found;
    await delay(10);
  }
}

async function processesOf(directory: string, group: number | undefined): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const belongs = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (!state || state === "Z" || state === "X") return false;
      if (group !== undefined && Number(pgrp) === group) return true;
      return (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")).includes(directory);
    }),
  );
  return pids.filter((_, index) => belongs[index]).map(Number);
}

/** The number in a file that a fixture program writes, once the line is whole. */
export async function readPid(host: Host, path: string): Promise<number> {
  await host.files.waitForPath(path, { timeoutMs: 10_000 });
  for (let tries = 0; tries < 200; tries += 1) {
    const text = await host.files.readText(path);
    if (text?.endsWith("\n")) return Number(text);
    await delay(5);
  }
  throw new Error(`${path} never held a whole line`);
}
