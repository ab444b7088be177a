import { formatCount } from "../render/format.ts";

/** What a check found; `missing` and `problem` fail the doctor when the check is required. */
export interface Check {
  readonly name: string;
  readonly status: "ok" | "missing" | "problem";
  readonly required: boolean;
  /** What was found. */
  readonly detail: string;
  /** What it is for, and what happens without it. */
  readonly purpose: string;
}

/** How the doctor looks at the machine. Contract: none throws. */
export interface DoctorProbes {
  readonly nodeVersion: string;
  /** Path and version line of a program on PATH; undefined when it is not there. */
  findProgram(name: string, versionArgs: readonly string[]): Promise<{ path: string; version: string } | undefined>;
  /** The agent's program as the engine finds it. */
  probeAgent(): Promise<{ version: string | null; available: boolean; problem: string | null }>;
  /** Why the home cannot be used; undefined when it can. */
  homeProblem(): Promise<string | undefined>;
  /** Bytes that are free where the home is. */
  freeBytes(): Promise<number>;
  /** Who has the server's port. */
  portUse(): Promise<{ readonly user: "nobody" | "optio" | "other"; readonly detail: string }>;
}

const MIN_NODE_MAJOR = 24;
const MIB = 1024 * 1024;
const MIN_FREE_BYTES = 256 * MIB;

/** Programs of the system: none is required, each names what it is for and what is used instead. */
export const SYSTEM_PROGRAMS = [
  {
    name: "git",
    versionArgs: ["--version"],
    purpose: "repositories that the agent works in; without it the agent has no git",
  },
  {
    name: "tmux",
    versionArgs: ["-V"],
    purpose: "terminals in the browser, not in this version yet; without it there is the chat",
  },
  {
    name: "zstd",
    versionArgs: ["--version"],
    purpose: "snapshots, not in this version yet; without it they are gzip archives",
  },
  {
    name: "restic",
    versionArgs: ["version"],
    purpose: "deduplicated snapshots, not in this version yet; without it they are archives",
  },
  { name: "ssh", versionArgs: ["-V"], purpose: "sessions on other machines, not in this version yet" },
  {
    name: "bwrap",
    versionArgs: ["--version"],
    purpose: "containment 'bubblewrap', not in this version yet; without it codex's own sandbox",
  },
  { name: "chromium", versionArgs: ["--version"], purpose: "end-to-end tests of the dashboard only" },
] as const;

/** Looks at everything that optio needs, required things first. */
export async function runChecks(probes: DoctorProbes, home: string): Promise<Check[]> {
  return Promise.all([
    checkNode(probes),
    checkAgent(probes),
    checkHome(probes, home),
    checkSpace(probes, home),
    checkPort(probes),
    ...SYSTEM_PROGRAMS.map((program) => checkProgram(probes, program)),
  ]);
}

/** True when nothing that is required is missing or broken. */
export function isHealthy(checks: readonly Check[]): boolean {
  return checks.every((check) => check.status === "ok" || !check.required);
}

function checkNode({ nodeVersion }: DoctorProbes): Check {
  const isNew = Number(nodeVersion.replace(/^v/, "").split(".")[0]) >= MIN_NODE_MAJOR;
  return {
    name: "node",
    status: isNew ? "ok" : "problem",
    required: true,
    detail: isNew ? nodeVersion : `${nodeVersion}; at least ${MIN_NODE_MAJOR} is needed`,
    purpose: "runs optio",
  };
}

async function checkAgent(probes: DoctorProbes): Promise<Check> {
  const { version, available, problem } = await probes.probeAgent();
  return {
    name: "codex",
    status: available ? "ok" : version === null ? "missing" : "problem",
    required: true,
    detail: available ? (version ?? "found") : (problem ?? "not found; run: npm ci"),
    purpose: "the agent; it comes with the npm package",
  };
}

async function checkHome(probes: DoctorProbes, home: string): Promise<Check> {
  const problem = await probes.homeProblem();
  return {
    name: "home",
    status: problem === undefined ? "ok" : "problem",
    required: true,
    detail: problem ?? home,
    purpose: "database, secret key and task directories; another one with OPTIO_HOME",
  };
}

async function checkSpace(probes: DoctorProbes, home: string): Promise<Check> {
  const freeBytes = await probes.freeBytes();
  const free = `${formatCount(freeBytes / MIB)} MB free`;
  const isEnough = freeBytes >= MIN_FREE_BYTES;
  return {
    name: "disk",
    status: isEnough ? "ok" : "problem",
    required: true,
    detail: isEnough ? free : `${free} at ${home}; at least ${MIN_FREE_BYTES / MIB} MB are needed`,
    purpose: "database and workspaces",
  };
}

async function checkPort(probes: DoctorProbes): Promise<Check> {
  const { user, detail } = await probes.portUse();
  return {
    name: "port",
    status: user === "other" ? "problem" : "ok",
    required: true,
    detail,
    purpose: "the server; another one with OPTIO_PORT",
  };
}

async function checkProgram(probes: DoctorProbes, program: (typeof SYSTEM_PROGRAMS)[number]): Promise<Check> {
  const found = await probes.findProgram(program.name, program.versionArgs);
  return {
    name: program.name,
    status: found === undefined ? "missing" : "ok",
    required: false,
    detail: found === undefined ? "not installed" : `${found.version} (${found.path})`,
    purpose: program.purpose,
  };
}
