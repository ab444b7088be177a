import { once } from "node:events";
import { chmod, chown, rename, symlink, writeFile } from "node:fs/promises";
import type { Server } from "node:net";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../host/host.ts";
import { describeDetached } from "./host/describe-detached.ts";
import { describeFiles } from "./host/describe-files.ts";
import { createHostFixture, readPid } from "./host/host-fixtures.ts";

/** The contract of `Host`, run against one implementation that reaches the machine the tests run on. */
export function describeHost(name: string, create: () => Host | Promise<Host>): void {
  describe(`host ${name}`, () => {
    let created: Host | undefined;
    beforeAll(async () => {
      created = await create();
    });
    afterAll(async () => created?.close());
    const host = (): Host => {
      if (!created) throw new Error("the host is made before the tests run");
      return created;
    };
    describeFacts(host);
    describeFiles(host);
    describeRun(host);
    describeDetached(host);
    describeSockets(host);
  });
}

function describeFacts(host: () => Host): void {
  it("knows its machine, and says the same every time", async () => {
    const facts = await host().facts();
    expect(facts.machineId).toMatch(/^[0-9a-f]{32}$/);
    expect(facts.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(facts.home).toMatch(/^\//);
    expect(facts).toMatchObject({ platform: process.platform, arch: process.arch, uid: process.getuid?.() });
    expect(await host().facts()).toEqual(facts);
  });
}

function describeRun(host: () => Host): void {
  const run = (script: string, options: { timeoutMs?: number; signal?: AbortSignal; maxOutputBytes?: number } = {}) =>
    host().processes.run({
      command: "/bin/sh",
      args: ["-c", script],
      env: { PATH: "/usr/bin:/bin" },
      timeoutMs: 20_000,
      ...options,
    });

  describe("a program run to its end", () => {
    it("answers with its output and how it ended; it has no input", async () => {
      const result = await run('cat; echo "out ü"; echo err >&2; exit 3');
      expect(result).toEqual({ exitCode: 3, signal: null, stdout: "out ü\n", stderr: "err\n" });
      expect(await run("kill -KILL $$")).toMatchObject({ exitCode: null, signal: "SIGKILL" });
    });

    it("gets its arguments, directory and environment as given, and nothing else", async () => {
      await using fixture = await createHostFixture(host(), "it's a $(dir)");
      const env = { ODD: "a b\n'c'" };
      const printed = { args: ["-c", 'printf "%s|" "$@" "$ODD" "$HOME"; pwd', "sh", "", "$x 'y'\n"], env };
      const options = { command: "/bin/sh", ...printed, cwd: fixture.controlDir, timeoutMs: 20_000 };
      expect((await host().processes.run(options)).stdout).toBe(`|$x 'y'\n|${env.ODD}||${fixture.controlDir}\n`);
    });

    it("has output above the limit cut with a mark, and still ends", async () => {
      const { stdout, stderr } = await run("head -c 500000 /dev/zero | tr '\\0' x; echo err >&2", {
        maxOutputBytes: 10,
      });
      expect(stdout).toMatch(/^x{10}\n\[499990 more bytes were cut\]\n$/);
      expect(stderr).toBe("err\n");
    });

    it("is not waited for because of a child that holds its output open", async () => {
      await using fixture = await createHostFixture(host());
      const { stdout } = await run(`HOME=${fixture.directory} setsid sleep 300 & echo done`);
      expect(stdout).toBe("done\n");
    });

    it.each(["timeout", "abort"])("is killed with its whole tree on %s", async (kind) => {
      await using fixture = await createHostFixture(host());
      const script = `export HOME=${fixture.directory}; sleep 300 & setsid -w sh -c 'echo $$ >"$HOME/pid"; sleep 300' & wait`;
      const abort = new AbortController();
      const reason = new Error("enough");
      const ended =
        kind === "timeout"
          ? expect(run(script, { timeoutMs: 2_000 })).rejects.toMatchObject({ code: "timeout" })
          : expect(run(script, { signal: abort.signal })).rejects.toBe(reason);
      await readPid(host(), `${fixture.directory}/pid`);
      abort.abort(reason);
      await ended;
      expect(await fixture.leftovers()).toEqual([]);
    });

    it("that cannot start is a failure naming it", async () => {
      const options = { args: [], env: {}, timeoutMs: 1_000 };
      const missing = host().processes.run({ ...options, command: "/nowhere/program" });
      await expect(missing).rejects.toMatchObject({
        code: "host-failed",
        message: expect.stringMatching(/\/nowhere\/program.*no such file/),
      });
      const nameless = host().processes.run({ ...options, command: "a\0b" });
      await expect(nameless).rejects.toMatchObject({ code: "host-failed" });
    });
  });
}

function describeSockets(host: () => Host): void {
  const connect = (path: string, signal?: AbortSignal) =>
    host().connectSocket(path, { timeoutMs: 10_000, ...(signal ? { signal } : {}) });
  const refused = (...words: string[]) => ({
    code: "socket-refused",
    message: expect.stringMatching(new RegExp(words.join(".*"), "s")),
  });

  describe("a unix socket", () => {
    it("is a stream of bytes in both directions, also at a path longer than an address may be", async () => {
      await using fixture = await createHostFixture(host());
      const long = `${fixture.controlDir}/${"x".repeat(200)}`;
      await using _server = await listen(`${fixture.controlDir}/s`);
      await rename(`${fixture.controlDir}/s`, long);
      const stream = await connect(long);
      stream.end("ping");
      const chunks = await stream.toArray();
      expect(Buffer.concat(chunks).toString()).toBe("echo ping");
    });

    it("is refused when it is missing, a link, a file, or left by a program that is gone", async () => {
      await using fixture = await createHostFixture(host());
      const at = (name: string) => `${fixture.controlDir}/${name}`;
      await using _server = await listen(at("real"));
      await symlink(at("real"), at("link"));
      await writeFile(at("file"), "");
      await leaveStaleSocket(at("stale"));
      await expect(connect(at("none"))).rejects.toMatchObject(refused("none", "there is no socket"));
      await expect(connect(at("link"))).rejects.toMatchObject(refused("link", "it is a link"));
      await expect(connect(at("file"))).rejects.toMatchObject(refused("file", "it is not a socket"));
      await expect(connect(at("stale"))).rejects.toMatchObject(refused("stale", "nobody listens"));
    });

    it("is refused when its directory is missing, a link, open to others, or not ours", async () => {
      await using fixture = await createHostFixture(host());
      const { directory, controlDir } = fixture;
      await using _server = await listen(`${controlDir}/s`);
      await symlink(controlDir, `${directory}/link`);
      await expect(connect(`${directory}/none/s`)).rejects.toMatchObject(refused("none", "does not exist"));
      await expect(connect(`${directory}/link/s`)).rejects.toMatchObject(refused("link", "is a link"));
      for (const mode of [0o755, 0o710, 0o701, 0o770]) {
        await chmod(controlDir, mode);
        await expect(connect(`${controlDir}/s`)).rejects.toMatchObject(refused("mode 0", mode.toString(8)));
      }
      await chmod(controlDir, 0o700);
      // root may give the directory away; for any other account "/" is somebody else's
      const isRoot = process.getuid?.() === 0;
      if (isRoot) await chown(controlDir, 65_534, 65_534);
      await expect(connect(isRoot ? `${controlDir}/s` : "/s")).rejects.toMatchObject(refused("belongs to uid"));
    });

    it("is not connected to on an aborted signal", async () => {
      await using fixture = await createHostFixture(host());
      await using _server = await listen(`${fixture.controlDir}/s`);
      const reason = new Error("enough");
      await expect(connect(`${fixture.controlDir}/s`, AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
}

async function listen(path: string): Promise<AsyncDisposable> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.once("data", (data) => socket.end(`echo ${data}`));
    socket.on("error", () => undefined);
  });
  server.listen(path);
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

async function leaveStaleSocket(path: string): Promise<void> {
  // closing removes the file under the name it was made with
  await using _server = await listen(`${path}.first`);
  await rename(`${path}.first`, path);
}
