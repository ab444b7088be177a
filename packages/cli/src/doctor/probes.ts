import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { z } from "zod";
import type { CliContext } from "../context.ts";
import type { DoctorProbes } from "./checks.ts";

const PROBE_TIMEOUT_MS = 5000;
const healthSchema = z.object({ status: z.literal("ok"), version: z.string() });

export interface ProbeOptions {
  readonly home: string;
  readonly port: number;
  readonly probeAgent: DoctorProbes["probeAgent"];
}

/** Probes of this machine. */
export function createProbes(context: CliContext, options: ProbeOptions): DoctorProbes {
  return {
    nodeVersion: process.version,
    findProgram: (name, versionArgs) => findProgram(context, name, versionArgs),
    probeAgent: options.probeAgent,
    homeProblem: () => homeProblem(options.home),
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(await nearestExisting(options.home));
      return bavail * bsize;
    },
    portUse: () => portUse(context, options.port),
  };
}

async function findProgram(
  { env }: CliContext,
  name: string,
  versionArgs: readonly string[],
): Promise<{ path: string; version: string } | undefined> {
  for (const directory of (env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const path = join(directory, name);
    if (!(await isAllowed(path, constants.X_OK))) continue;
    return { path, version: await versionOf(path, versionArgs) };
  }
  return undefined;
}

async function versionOf(path: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(path, [...args], { timeout: PROBE_TIMEOUT_MS });
    return (stdout || stderr).trim().split("\n")[0] ?? "found";
  } catch {
    return "found, but its version cannot be read";
  }
}

async function homeProblem(home: string): Promise<string | undefined> {
  const existing = await nearestExisting(home);
  const facts = await stat(existing);
  if (!facts.isDirectory()) return `${existing} is not a directory`;
  if (!(await isAllowed(existing, constants.W_OK))) return `${existing} is not writable`;
  if (existing !== home || facts.uid === process.getuid?.()) return undefined;
  return `${home} belongs to another user`;
}

/** The directory itself or the nearest one above it that is there. */
async function nearestExisting(path: string): Promise<string> {
  if (await isAllowed(path, constants.F_OK)) return path;
  const parent = dirname(path);
  return parent === path ? path : nearestExisting(parent);
}

async function isAllowed(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

async function portUse(context: CliContext, port: number): ReturnType<DoctorProbes["portUse"]> {
  const url = `http://127.0.0.1:${port}/api/health`;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
  try {
    const response = await context.fetch(new Request(url), { signal });
    const health = healthSchema.safeParse(await response.json().catch(() => undefined));
    if (health.success) return { user: "optio", detail: `${port}: optio ${health.data.version} is running` };
    return { user: "other", detail: `${port} is used by another program` };
  } catch {
    const isFree = await canListen(port);
    return isFree
      ? { user: "nobody", detail: `${port} is free; no server is running` }
      : { user: "other", detail: `${port} is used by another program` };
  }
}

function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
