import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A living process. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** Field 22 of its stat line: with the pid it names this very process. */
  readonly startTime: string;
}

const POLL_MS = 20;
const LOOK_EVERY_MS = 5;
const PATIENCE_MS = 50_000;

/** Living processes with the directory in their environment. */
export function processesNaming(directory: string): SeenProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && readProc(pid, "environ").includes(directory))
    .flatMap((pid) => lookAt(pid) ?? []);
}

/** Living app-servers of codex with the directory in their environment; a launcher's shell is none, and a child of one before its exec. */
export function appServersNaming(directory: string): SeenProcess[] {
  const found = processesNaming(directory).filter(
    ({ pid, command }) => command.includes(" app-server ") && isProgram(pid, "codex"),
  );
  return found.filter(({ parent }) => !found.some(({ pid }) => pid === parent));
}

/** Looks at the app-servers every few milliseconds until disposed. */
export class AppServerWatch implements Disposable {
  /** The most that lived at one moment. */
  most = 0;
  /** How often it was looked. */
  looks = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(directory: string) {
    this.#timer = setInterval(() => {
      this.looks += 1;
      this.most = Math.max(this.most, appServersNaming(directory).length);
    }, LOOK_EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** The process, when it lives. */
export function lookAt(pid: number): SeenProcess | undefined {
  const stat = readProc(pid, "stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startTime = fields[19];
  if (startTime === undefined || fields[0] === "Z" || fields[0] === "X") return undefined;
  return { pid, parent: Number(fields[1]), command: readProc(pid, "cmdline").replaceAll("\0", " "), startTime };
}

/** Resolves when the condition holds: for what tells nobody, such as the end of a process that is not ours. */
export async function pollUntil(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms for ${what}`);
    await delay(POLL_MS);
  }
}

function isProgram(pid: number, name: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).endsWith(`/${name}`);
  } catch {
    return false;
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
