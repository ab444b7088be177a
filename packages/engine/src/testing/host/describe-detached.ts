import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readlink, utimes } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { DetachedProcess, Host, ProcessIdentity } from "../../host/host.ts";
import { createHostFixture, readPid } from "./host-fixtures.ts";

const never = () => new AbortController().signal;
const IGNORES_TERM = 'trap "" TERM; echo $$ >"$1/ready"; while :; do sleep 300; done';

/** What every host owes to a program that outlives its server. `host` is called when a test runs. */
export function describeDetached(host: () => Host): void {
  describe.concurrent("a detached program", () => {
    describeLife(host);
    describeEnding(host);
    describeIdentity(host);
    describeWatchdog(host);
  });
}

function describeLife(host: () => Host): void {
  it("leaves its exit code and its output behind, and nothing else", async () => {
    await using fixture = await createHostFixture(host());
    const { controlDir } = fixture;
    const started = await fixture.spawn("echo out; echo err >&2; exit 3");
    expect(await host().processes.waitForExit(controlDir, started, never())).toEqual({ exitCode: 3 });
    expect(await host().processes.inspectDetached(controlDir, started)).toEqual({ state: "exited", exitCode: 3 });
    expect(await host().files.readText(`${controlDir}/out.log`)).toBe("out\n");
    expect(await host().files.readText(`${controlDir}/err.log`)).toBe("err\n");
    expect(await fixture.leftovers(started.group.pid)).toEqual([]);
  });

  it("has the pid of its file, its own group, the directory and exactly the environment it was given", async () => {
    await using fixture = await createHostFixture(host());
    const script =
      'env | grep -v "^PWD=\\|^_=\\|^OLDPWD=\\|^SHLVL="; pwd; ps -o pgid= -p $$ | tr -d " "; exec sleep 300';
    const env = { PATH: "/usr/bin:/bin", HOME: fixture.directory, ODD: "two  blanks'\" $HOME\nline" };
    const started = await fixture.spawn(`${script} & echo $! >"$1/child"; wait`, { env });
    await readPid(host(), `${fixture.directory}/child`);
    expect(await readPid(host(), `${fixture.controlDir}/pid`)).toBe(started.program.pid);
    expect(await host().processes.identify(started.program.pid)).toEqual(started.program);
    expect(await host().processes.identify(started.group.pid)).toEqual(started.group);
    await host().processes.stopDetached(started, { markerDir: fixture.directory, graceful: true });
    const lines = (await host().files.readText(`${fixture.controlDir}/out.log`)) ?? "";
    expect(lines.split("\n").sort()).toEqual(
      [
        "",
        `HOME=${env.HOME}`,
        "ODD=two  blanks'\" $HOME",
        "line",
        `PATH=${env.PATH}`,
        fixture.directory,
        `${started.group.pid}`,
      ].sort(),
    );
  });

  it("does not ignore SIGINT, as a background job of a shell would", async () => {
    await using fixture = await createHostFixture(host());
    const started = await fixture.spawn("kill -INT $$; exit 0");
    expect(await host().processes.waitForExit(fixture.controlDir, started, never())).toEqual({ exitCode: 130 });
  });

  it("may have a control directory and arguments of any characters", async () => {
    await using fixture = await createHostFixture(host(), `it's "a" $(b)\n*\\ ünï 🙂`);
    const args = ["-c", 'printf "%s|" "$@"; exit 7', "sh", "", "two  blanks", "-n", "'\"$x`", "line\nbreak"];
    const started = await fixture.spawn("", { args });
    expect(await host().processes.waitForExit(fixture.controlDir, started, never())).toEqual({ exitCode: 7 });
    expect(await host().files.readText(`${fixture.controlDir}/out.log`)).toBe(`${args.slice(3).join("|")}|`);
  });

  it("may have a PATH on which nothing is", async () => {
    await using fixture = await createHostFixture(host());
    const env = { PATH: "/nowhere", HOME: fixture.directory };
    const started = await fixture.spawn('echo "$PATH"; exit 4', { env });
    expect(await host().processes.waitForExit(fixture.controlDir, started, never())).toEqual({ exitCode: 4 });
    expect(await host().files.readText(`${fixture.controlDir}/out.log`)).toBe("/nowhere\n");
    expect(await fixture.leftovers(started.group.pid)).toEqual([]);
  });

  it("reads nothing and writes to its logs, and holds no other file of the launcher", async () => {
    await using fixture = await createHostFixture(host());
    const started = await fixture.spawn('echo $$ >"$1/ready"; exec sleep 300');
    const fds = `/proc/${await readPid(host(), `${fixture.directory}/ready`)}/fd`;
    const targets = await Promise.all((await readdir(fds)).map((fd) => readlink(`${fds}/${fd}`)));
    const logs = [`${fixture.controlDir}/out.log`, `${fixture.controlDir}/err.log`];
    expect(await readlink(`${fds}/0`)).toBe("/dev/null");
    expect(targets.filter((target) => target.startsWith(fixture.directory))).toEqual(logs);
    await host().processes.stopDetached(started, { markerDir: fixture.directory, graceful: false });
  });

  it("can be started again in the same control directory: the former exit is forgotten, logs go on", async () => {
    await using fixture = await createHostFixture(host());
    const first = await fixture.spawn("echo 1; exit 1");
    await host().processes.waitForExit(fixture.controlDir, first, never());
    const second = await fixture.spawn('echo 2; echo $$ >"$1/ready"; exec sleep 300');
    await readPid(host(), `${fixture.directory}/ready`);
    expect(await host().processes.inspectDetached(fixture.controlDir, second)).toEqual({ state: "running" });
    expect(await host().files.stat(`${fixture.controlDir}/exit`)).toBeUndefined();
    await host().processes.stopDetached(second, { markerDir: fixture.directory, graceful: true });
    expect(await host().files.readText(`${fixture.controlDir}/out.log`)).toBe("1\n2\n");
  });

  it.each([
    ["a program that is not there", { command: "/nowhere/program" }, "/nowhere/program"],
    ["a file that is no program", { command: "/etc/passwd" }, "permission denied"],
    ["a directory that is not there", { cwd: "/nowhere" }, "/nowhere"],
    ["a control directory that is not there", { controlDir: "/nowhere/control" }, "/nowhere/control"],
  ])("is refused with %s", async (_, options, words) => {
    await using fixture = await createHostFixture(host());
    const refusal = fixture.spawn("exit 0", options);
    await expect(refusal).rejects.toMatchObject({ code: "host-failed", message: expect.stringContaining(words) });
    expect(await fixture.leftovers()).toEqual([]);
  });

  it("is not started on an aborted signal", async () => {
    await using fixture = await createHostFixture(host());
    const reason = new Error("enough");
    await expect(fixture.spawn("exit 0", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await host().files.stat(`${fixture.controlDir}/pid`)).toBeUndefined();
  });
}

function describeEnding(host: () => Host): void {
  it("that heeds TERM ends by it, with its exit file", async () => {
    await using fixture = await createHostFixture(host());
    const started = await fixture.spawn('trap "exit 5" TERM; echo $$ >"$1/ready"; while :; do sleep 0.02; done');
    await readPid(host(), `${fixture.directory}/ready`);
    const exit = host().processes.waitForExit(fixture.controlDir, started, never());
    await host().processes.stopDetached(started, { markerDir: fixture.directory, graceful: true });
    expect(await exit).toEqual({ exitCode: 5 });
    expect(await fixture.leftovers(started.group.pid)).toEqual([]);
  });

  it("that needs a second TERM gets it", async () => {
    await using fixture = await createHostFixture(host());
    const script =
      'n=0; trap "n=\\$((n+1)); [ \\$n -ge 2 ] && exit 6" TERM; echo $$ >"$1/ready"; while :; do sleep 0.02; done';
    const started = await fixture.spawn(script);
    await readPid(host(), `${fixture.directory}/ready`);
    const options = { markerDir: fixture.directory, graceful: true, termGraceMs: 1_000, killGraceMs: 10_000 };
    await host().processes.stopDetached(started, options);
    expect(await host().processes.inspectDetached(fixture.controlDir, started)).toEqual({
      state: "exited",
      exitCode: 6,
    });
  });

  it("that ignores TERM is killed with its group, without an exit file", async () => {
    await using fixture = await createHostFixture(host());
    const started = await fixture.spawn(IGNORES_TERM);
    await readPid(host(), `${fixture.directory}/ready`);
    const exit = host().processes.waitForExit(fixture.controlDir, started, never());
    const options = { markerDir: fixture.directory, graceful: true, termGraceMs: 50, killGraceMs: 50 };
    await host().processes.stopDetached(started, options);
    expect(await exit).toEqual({ exitCode: null });
    expect(await host().files.stat(`${fixture.controlDir}/exit`)).toBeUndefined();
    expect(await fixture.leftovers(started.group.pid)).toEqual([]);
  });

  it("that was stopped in its tracks is killed", async () => {
    await using fixture = await createHostFixture(host());
    const started = await fixture.spawn("kill -STOP $$");
    const options = { markerDir: fixture.directory, graceful: true, termGraceMs: 50, killGraceMs: 50 };
    await host().processes.stopDetached(started, options);
    expect(await fixture.leftovers(started.group.pid)).toEqual([]);
  });

  it("is no longer waited for in its ending on abort", async () => {
    await using fixture = await createHostFixture(host());
    const started = await fixture.spawn(IGNORES_TERM);
    await readPid(host(), `${fixture.directory}/ready`);
    const abort = new AbortController();
    const stop = host().processes.stopDetached(started, {
      markerDir: fixture.directory,
      graceful: true,
      signal: abort.signal,
    });
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(stop).rejects.toBe(reason);
    expect(await host().processes.isAlive(started.program)).toBe(true);
  });

  it("gets no TERM when it is not to end gracefully", async () => {
    await using fixture = await createHostFixture(host());
    const started = await fixture.spawn('trap "echo term" TERM; echo $$ >"$1/ready"; while :; do sleep 0.02; done');
    await readPid(host(), `${fixture.directory}/ready`);
    await host().processes.stopDetached(started, { markerDir: fixture.directory, graceful: false });
    expect(await host().files.readText(`${fixture.controlDir}/out.log`)).toBe("");
    expect(await fixture.leftovers(started.group.pid)).toEqual([]);
  });

  it("takes with it a child that left its group, and one of its group that lost its environment", async () => {
    await using fixture = await createHostFixture(host());
    const script = 'setsid sleep 300 & env -i /bin/sleep 300 & echo $! >"$1/bare"; exec sleep 300';
    const started = await fixture.spawn(script);
    const bare = await host().processes.identify(await readPid(host(), `${fixture.directory}/bare`));
    await host().processes.stopDetached(started, { markerDir: fixture.directory, graceful: true });
    expect(bare && (await host().processes.isAlive(bare))).toBe(false);
    expect(await fixture.leftovers(started.group.pid)).toEqual([]);
  });

  it("that is gone already can be stopped: what it left is killed and counted", async () => {
    await using fixture = await createHostFixture(host());
    const started = await fixture.spawn("setsid sleep 300 & setsid sleep 300 & exit 0");
    await host().processes.waitForExit(fixture.controlDir, started, never());
    expect(await host().processes.killMarked(fixture.directory)).toBe(2);
    expect(await host().processes.killMarked(fixture.directory)).toBe(0);
    await host().processes.stopDetached(started, { markerDir: fixture.directory, graceful: true });
  });

  it("is waited for until the abort", async () => {
    await using fixture = await createHostFixture(host());
    const started = await fixture.spawn("exec sleep 300");
    const abort = new AbortController();
    const exit = host().processes.waitForExit(fixture.controlDir, started, abort.signal);
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(exit).rejects.toBe(reason);
    expect(await host().processes.inspectDetached(fixture.controlDir, started)).toEqual({ state: "running" });
  });
}

function describeIdentity(host: () => Host): void {
  it("is running whatever an exit file claims", async () => {
    await using fixture = await createHostFixture(host());
    const started = await fixture.spawn("exec sleep 300");
    await host().files.writeFile(`${fixture.controlDir}/exit`, "0\n");
    expect(await host().processes.inspectDetached(fixture.controlDir, started)).toEqual({ state: "running" });
  });

  it("is never confused with a later process of its pid, or of another boot: that one is not signalled", async () => {
    await using fixture = await createHostFixture(host());
    await using stranger = await startStranger();
    const found = await host().processes.identify(stranger.pid);
    if (!found) throw new Error("the stranger does not live");
    const others: ProcessIdentity[] = [
      { ...found, startTime: String(Number(found.startTime) - 1) },
      { ...found, bootId: "another" },
    ];
    for (const identity of others) {
      const recycled: DetachedProcess = { program: identity, group: identity };
      expect(await host().processes.isAlive(identity)).toBe(false);
      const state = await host().processes.inspectDetached(fixture.controlDir, recycled);
      expect(state).toEqual({ state: "exited", exitCode: null });
      for (const graceful of [true, false]) {
        await host().processes.stopDetached(recycled, { markerDir: fixture.directory, graceful });
      }
    }
    expect(await host().processes.isAlive(found)).toBe(true);
  });

  it("has no identity when there is no such process", async () => {
    for (const pid of [0, -1, 1.5, 2 ** 30]) expect(await host().processes.identify(pid)).toBeUndefined();
  });

  it("is not found by a directory that half the machine may name", async () => {
    for (const markerDir of ["/", "/var", "relative/path", ""]) {
      await expect(host().processes.killMarked(markerDir)).rejects.toMatchObject({ code: "usage" });
    }
  });

  it("does not draw in whoever merely stands in its directory, or names a longer path", async () => {
    await using fixture = await createHostFixture(host());
    const { directory } = fixture;
    await using stranger = await startStranger({ PWD: directory, A: `${directory}2`, B: `/other${directory}/x` });
    expect(await host().processes.killMarked(directory)).toBe(0);
    expect(await host().processes.identify(stranger.pid)).toBeDefined();
  });
}

function describeWatchdog(host: () => Host): void {
  it("without an owner ends by its watchdog, one with an owner lives on", async () => {
    await using orphan = await createHostFixture(host());
    await using owned = await createHostFixture(host());
    const times = { orphanAfterMs: 60_000, watchdogIntervalMs: 100 };
    const [lost, kept] = await Promise.all([
      orphan.spawn("exec sleep 300", times),
      owned.spawn("exec sleep 300", times),
    ]);
    await utimes(`${orphan.controlDir}/owner`, 1, 1);
    const exit = await host().processes.waitForExit(orphan.controlDir, lost, never());
    expect(exit).toEqual({ exitCode: 143 });
    expect(await host().processes.inspectDetached(owned.controlDir, kept)).toEqual({ state: "running" });
    expect(await orphan.leftovers(lost.group.pid)).toEqual([]);
  });

  it("that ignores the watchdog's TERM is killed by it", async () => {
    await using fixture = await createHostFixture(host());
    const started = await fixture.spawn(IGNORES_TERM, { orphanAfterMs: 60_000, watchdogIntervalMs: 100 });
    await readPid(host(), `${fixture.directory}/ready`);
    await utimes(`${fixture.controlDir}/owner`, 1, 1);
    expect(await host().processes.waitForExit(fixture.controlDir, started, never())).toEqual({ exitCode: 137 });
  });

  it("loses its watchdog with its own end, and with a KILL of its group", async () => {
    for (const graceful of [true, false]) {
      await using fixture = await createHostFixture(host());
      const started = await fixture.spawn("exec sleep 300", { watchdogIntervalMs: 300_000 });
      await host().processes.stopDetached(started, { markerDir: `${fixture.directory}/none`, graceful });
      expect(await fixture.leftovers(started.group.pid)).toEqual([]);
    }
  });
}

async function startStranger(env: Record<string, string> = {}): Promise<{ pid: number } & AsyncDisposable> {
  const child = spawn("/bin/sleep", ["300"], { env, stdio: "ignore", detached: true });
  await once(child, "spawn");
  return {
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
