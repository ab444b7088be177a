import type { Duplex } from "node:stream";

/** What identifies a process beyond the recycling of pids. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in the machine's own clock ticks (/proc/PID/stat field 22). */
  readonly startTime: string;
  readonly bootId: string;
}

/** Facts of a machine that do not change while it runs. */
export interface HostFacts {
  readonly machineId: string;
  readonly bootId: string;
  readonly platform: string;
  readonly arch: string;
  readonly uid: number;
  /** Real home of the account. */
  readonly home: string;
}

export interface FileStat {
  readonly kind: "file" | "directory" | "symlink" | "socket" | "other";
  readonly mode: number;
  readonly uid: number;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** Files of the machine; paths are absolute. Failures are `host-failed` naming the path, but where a method says otherwise. */
export interface HostFiles {
  /** Makes the directory and missing parents; `mode` (default 0700) holds for what it makes. */
  makeDirectory(path: string, options?: { mode?: number }): Promise<void>;
  /** Writes through a temporary file of a unique name and a rename; `mode` default 0600. */
  writeFile(path: string, data: string | Uint8Array, options?: { mode?: number }): Promise<void>;
  /** The text, or undefined when there is no such file. @throws `too-large` above `maxBytes` (default 1 MiB). */
  readText(path: string, options?: { maxBytes?: number }): Promise<string | undefined>;
  /** Up to `maxBytes` from the end of a file; "" when there is none. */
  readTail(path: string, maxBytes: number): Promise<string>;
  /** Does not follow a link. Undefined when there is nothing. */
  stat(path: string): Promise<FileStat | undefined>;
  /** With every link resolved; undefined when it leads nowhere. */
  realPath(path: string): Promise<string | undefined>;
  list(path: string): Promise<string[]>;
  /** Sets the modification time to now, making an empty file when missing. */
  touch(path: string): Promise<void>;
  /** Removes a file or a whole tree, never through a link; nothing there is no failure. */
  remove(path: string): Promise<void>;
  /** True when the account may read and enter it. */
  isUsableDirectory(path: string): Promise<boolean>;
  /** Resolves as soon as the path exists (event-driven). @throws `timeout`, or the abort reason. */
  waitForPath(path: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<void>;
}

export interface RunOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly maxOutputBytes?: number;
}

export interface RunResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A detached program under the launcher of design §4 row 11. */
export interface DetachedOptions {
  /** Directory (0700, exists) for `pid`, `exit`, `owner`, `out.log`, `err.log`. */
  readonly controlDir: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The watchdog ends the program when `controlDir/owner` is older than this. */
  readonly orphanAfterMs: number;
  /** How often the watchdog looks; default 60 s. */
  readonly watchdogIntervalMs?: number;
  readonly signal?: AbortSignal;
}

export interface DetachedProcess {
  /** The program itself. */
  readonly program: ProcessIdentity;
  /** The launcher; its pid is the process group. */
  readonly group: ProcessIdentity;
}

/** What is known of a detached program. */
export type DetachedState =
  | { readonly state: "running" }
  | { readonly state: "exited"; readonly exitCode: number | null };

/** Programs of the machine. */
export interface HostProcesses {
  /** Runs to the end; abort and timeout kill its whole tree. @throws `timeout`, `host-failed` when it cannot start. */
  run(options: RunOptions): Promise<RunResult>;
  /**
   * Starts a program that outlives this process, after touching `owner` and removing what a former program left in `pid` and
   * `exit`. Returns when the pid file is there; on abort and timeout nothing is left running. @throws `host-failed`, `timeout`.
   */
  spawnDetached(options: DetachedOptions): Promise<DetachedProcess>;
  /** Whether this very process (not a later one with its pid) is alive. */
  isAlive(identity: ProcessIdentity): Promise<boolean>;
  /** The identity of a living pid; undefined when there is none. */
  identify(pid: number): Promise<ProcessIdentity | undefined>;
  /** A living program is running, whatever its exit file says; else the code in that file. None after a KILL is normal: exitCode null. */
  inspectDetached(controlDir: string, process: DetachedProcess): Promise<DetachedState>;
  /** Resolves when the program is gone (event-driven where the machine allows). Rejects on abort. */
  waitForExit(controlDir: string, process: DetachedProcess, signal: AbortSignal): Promise<{ exitCode: number | null }>;
  /**
   * Ends the program: TERM, again TERM after `termGraceMs`, KILL to the group after `killGraceMs`, then KILL to every
   * process that still names `markerDir` in its environment. Only ever signals the identities given. Returns when all are gone.
   * `graceful: false` starts with KILL.
   */
  stopDetached(
    process: DetachedProcess,
    options: { markerDir: string; graceful: boolean; termGraceMs?: number; killGraceMs?: number; signal?: AbortSignal },
  ): Promise<void>;
  /**
   * KILLs every process that names `markerDir` or a path in it in its environment (PWD and OLDPWD aside), but neither this process
   * nor those above it; returns how many when all are gone. @throws `usage` when `markerDir` is not absolute and two levels deep.
   */
  killMarked(markerDir: string, signal?: AbortSignal): Promise<number>;
}

/** A machine on which sessions run. Nothing here knows of agents. */
export interface Host {
  readonly name: string;
  readonly files: HostFiles;
  readonly processes: HostProcesses;
  facts(): Promise<HostFacts>;
  /** Variables a child may inherit: PATH, locale, time zone, proxy and CA variables of the account on that machine. */
  inheritedEnv(): Promise<Record<string, string>>;
  /**
   * A byte stream to a unix socket. The directory must be owned by the account with mode 0700 and the last path part must be a
   * socket itself, not a link: opened with O_PATH|O_NOFOLLOW and connected through that descriptor.
   * @throws `socket-refused`, `timeout`.
   */
  connectSocket(path: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Duplex>;
  /** Drops what the host itself holds (connections); programs live on. */
  close(): Promise<void>;
}
