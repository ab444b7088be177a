import { createRequire } from "node:module";
import { dirname, isAbsolute, join } from "node:path";
import { CODEX_VERSION, OptioError } from "@optio/contract";
import { z } from "zod";
import type { Host } from "../../host/host.ts";

/** A program that was found and is of a version that works. */
export interface CodexBinary {
  /** The native program, every link resolved. */
  readonly path: string;
  readonly version: string;
  /** Changes when the file does: path, size and time of change. */
  readonly fingerprint: string;
}

export interface LocateOptions {
  readonly host: Host;
  /** `codex.path` of the configuration; absent = the pinned npm package. */
  readonly path?: string | undefined;
  /** Versions seen, by fingerprint: running the program costs 50 ms. */
  readonly versions: Map<string, string>;
  readonly signal: AbortSignal;
}

const VERSION_TIMEOUT_MS = 10_000;
const manifestSchema = z.object({ version: z.string() });

/**
 * Finds codex and checks its version.
 * @throws `agent-binary-missing` naming the path and what to do, `agent-version-refused` naming both versions.
 */
export async function locateBinary(options: LocateOptions): Promise<CodexBinary> {
  const { host } = options;
  const wanted = options.path ?? pinnedBinaryPath(process.platform, process.arch);
  const path = isAbsolute(wanted) ? await host.files.realPath(wanted) : undefined;
  const stat = path === undefined ? undefined : await host.files.stat(path);
  if (path === undefined || stat?.kind !== "file") throw missing(wanted, options.path !== undefined);
  if ((stat.mode & 0o111) === 0) {
    throw new OptioError("agent-binary-missing", `${wanted} is not executable; run: chmod +x ${wanted}`);
  }
  const fingerprint = `${path}:${stat.sizeBytes}:${stat.mtimeMs}`;
  const version = await versionOf(path, fingerprint, options);
  refuseOtherVersion(wanted, version);
  options.versions.set(fingerprint, version);
  return { path, version, fingerprint };
}

/**
 * Version of the pinned package, read from its manifest without running anything.
 * @throws `agent-binary-missing`, `agent-version-refused`.
 */
export function pinnedVersion(): string {
  const tree = platformPackage(process.platform, process.arch);
  const { version } = manifestSchema.parse(createRequire(import.meta.url)(join(tree, "package.json")));
  const found = version.split("-")[0] ?? version;
  createRequire(import.meta.url).resolve(pinnedBinaryPath(process.platform, process.arch));
  refuseOtherVersion(tree, found);
  return found;
}

/** True for versions that speak the protocol of the pinned one: the same major and minor. */
export function isAcceptedVersion(version: string): boolean {
  const [major, minor] = CODEX_VERSION.split(".");
  return version.startsWith(`${major}.${minor}.`);
}

function pinnedBinaryPath(platform: string, arch: string): string {
  const triple = `${arch === "arm64" ? "aarch64" : "x86_64"}-unknown-linux-musl`;
  return join(platformPackage(platform, arch), "vendor", triple, "bin", "codex");
}

/** The platform's package is a dependency of the main one, so it is resolved from there. */
function platformPackage(platform: string, arch: string): string {
  const name = `@openai/codex-${platform}-${arch}`;
  try {
    const main = createRequire(import.meta.url).resolve("@openai/codex/package.json");
    return dirname(createRequire(main).resolve(`${name}/package.json`));
  } catch (cause) {
    throw new OptioError(
      "agent-binary-missing",
      `the package ${name} is not installed; run: npm install @openai/codex@${CODEX_VERSION} (without --omit=optional)`,
      { cause },
    );
  }
}

/** The pinned package says its version in its manifest; any other program has to be run. */
async function versionOf(path: string, fingerprint: string, options: LocateOptions): Promise<string> {
  if (options.path === undefined) return pinnedVersion();
  return options.versions.get(fingerprint) ?? (await readVersion(options.host, path, options.signal));
}

async function readVersion(host: Host, path: string, signal: AbortSignal): Promise<string> {
  const result = await host.processes.run({
    command: path,
    args: ["--version"],
    env: await host.inheritedEnv(),
    timeoutMs: VERSION_TIMEOUT_MS,
    signal,
    maxOutputBytes: 4096,
  });
  const found = /\d+\.\d+\.\d+\S*/.exec(result.stdout)?.[0];
  if (result.exitCode === 0 && found !== undefined) return found;
  const said = (result.stdout || result.stderr).trim().slice(0, 200);
  throw new OptioError(
    "agent-version-refused",
    `${path} --version did not name a version (exit ${result.exitCode}, said '${said}'); wanted codex ${CODEX_VERSION}`,
  );
}

function refuseOtherVersion(path: string, version: string): void {
  if (isAcceptedVersion(version)) return;
  throw new OptioError("agent-version-refused", `${path} is codex ${version}; wanted ${CODEX_VERSION}`, {
    data: { found: version, wanted: CODEX_VERSION },
  });
}

function missing(path: string, configured: boolean): OptioError {
  const next = configured
    ? "correct codex.path (an absolute path of a file) or leave it out to use the installed package"
    : `run: npm install @openai/codex@${CODEX_VERSION}`;
  return new OptioError("agent-binary-missing", `there is no codex at '${path}'; ${next}`, { data: { path } });
}
