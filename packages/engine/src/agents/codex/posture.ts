import { isAbsolute, join, sep } from "node:path";
import type { CodexSessionConfig } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { Posture } from "../../agent/agent-kind.ts";
import type { Host } from "../../host/host.ts";
import type { CodexBinary } from "./locate-binary.ts";

/**
 * Resolves what a session's agent may do, once per run.
 * @throws `directory-refused` naming a directory of `extraDirs` that may not be used.
 */
export async function resolvePosture(config: CodexSessionConfig, host: Host, taskDir: string): Promise<Posture> {
  const { home } = await host.facts();
  const roots = await Promise.all(config.extraDirs.map((dir) => resolveDirectory(dir.path, host, home, taskDir)));
  return {
    sandbox: config.sandbox,
    approvals: config.approvals ?? "never",
    networkAccess: config.networkAccess || config.sandbox === "danger-full-access",
    containment: config.containment,
    writableRoots: roots.filter((_, index) => config.extraDirs[index]?.mode.startsWith("rw")),
  };
}

async function resolveDirectory(path: string, host: Host, home: string, taskDir: string): Promise<string> {
  const refuse = (why: string) =>
    new OptioError("directory-refused", `extraDirs: '${path}' ${why}`, { data: { path } });
  const expanded = path === "~" ? home : path.startsWith("~/") ? join(home, path.slice(2)) : path;
  if (!isAbsolute(expanded)) throw refuse("is not absolute; start it with / or ~/");
  const [real, ownPlace] = await Promise.all([host.files.realPath(expanded), host.files.realPath(taskDir)]);
  if (real === undefined) throw refuse("does not exist");
  if ((await host.files.stat(real))?.kind !== "directory") throw refuse("is not a directory");
  if (!(await host.files.isUsableDirectory(real))) throw refuse("is not readable for this account");
  if (ownPlace !== undefined && `${real}${sep}`.startsWith(`${ownPlace}${sep}`)) {
    throw refuse("lies inside the session's own directory");
  }
  return real;
}

export interface SandboxProbeOptions {
  readonly host: Host;
  readonly binary: CodexBinary;
  readonly posture: Posture;
  /** Directory for the probe's own, throw-away CODEX_HOME. */
  readonly scratchDir: string;
  readonly signal: AbortSignal;
}

const PROBE_TIMEOUT_MS = 20_000;

/**
 * Shows by function that codex's sandbox works on this machine: runs a command in it. Takes about 200 ms.
 * @throws `containment-unavailable` naming what is missing.
 */
export async function probeSandbox(options: SandboxProbeOptions): Promise<void> {
  const { host, binary, posture, scratchDir } = options;
  const profile = posture.sandbox === "read-only" ? ":read-only" : ":workspace";
  await host.files.makeDirectory(scratchDir, { mode: 0o700 });
  try {
    const result = await host.processes.run({
      command: binary.path,
      args: ["sandbox", "-P", profile, "-C", scratchDir, "--", "true"],
      env: { ...(await host.inheritedEnv()), HOME: scratchDir, CODEX_HOME: scratchDir },
      cwd: scratchDir,
      timeoutMs: PROBE_TIMEOUT_MS,
      signal: options.signal,
      maxOutputBytes: 64 * 1024,
    });
    if (result.exitCode === 0) return;
    const said = result.stderr.trim().split("\n").slice(-3).join("; ") || "nothing";
    throw new OptioError(
      "containment-unavailable",
      `codex cannot sandbox commands on this machine: ${said}. Its sandbox needs bubblewrap and user namespaces ` +
        "(kernel.unprivileged_userns_clone=1, no AppArmor restriction); or choose sandbox 'danger-full-access'",
    );
  } finally {
    await host.files.remove(scratchDir);
  }
}
