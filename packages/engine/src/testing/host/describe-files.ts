import { chmod, link, mkdir, readdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { Host } from "../../host/host.ts";
import { createHostFixture } from "./host-fixtures.ts";

const ODD_NAMES = ["two  blanks", 'it\'s "quoted"', "line\nbreak", "ünï 🙂", "-rf", "$(x) `y` \\ *", "x".repeat(255)];
const failed = (...words: string[]) => ({
  code: "host-failed",
  message: expect.stringMatching(new RegExp(words.join(".*"))),
});

/** What every host owes of its files. `host` is called when a test runs. */
export function describeFiles(host: () => Host): void {
  describe("its files", () => {
    describeWriting(host);
    describeReading(host);
    describeRemoving(host);
    describeWaiting(host);
  });
}

function describeWriting(host: () => Host): void {
  it.each(ODD_NAMES)("come back as written under the name %j", async (name) => {
    await using fixture = await createHostFixture(host());
    const path = `${fixture.controlDir}/${name}`;
    await host().files.writeFile(path, "äöü\u0000 1");
    await host().files.writeFile(path, new TextEncoder().encode("äöü\u0000 2"));
    expect(await host().files.readText(path)).toBe("äöü\u0000 2");
    expect(await host().files.list(fixture.controlDir)).toEqual([name]);
    expect(await host().files.realPath(path)).toBe(path);
    await host().files.remove(path);
    expect(await host().files.list(fixture.controlDir)).toEqual([]);
  });

  it("are 0600 unless told otherwise, also when one with another mode was there", async () => {
    await using fixture = await createHostFixture(host());
    const path = `${fixture.directory}/file`;
    for (const [options, mode] of [
      [undefined, 0o600],
      [{ mode: 0o755 }, 0o755],
      [{ mode: 0o666 }, 0o666],
      [{}, 0o600],
    ] as const) {
      await host().files.writeFile(path, "x", options);
      expect((await host().files.stat(path))?.mode).toBe(mode);
    }
  });

  it("are replaced as a whole: another name of the old file keeps the old text, a link is replaced itself", async () => {
    await using fixture = await createHostFixture(host());
    const { directory } = fixture;
    await writeFile(`${directory}/old`, "old");
    await link(`${directory}/old`, `${directory}/file`);
    await symlink(`${directory}/old`, `${directory}/link`);
    await host().files.writeFile(`${directory}/file`, "new");
    await host().files.writeFile(`${directory}/link`, "new");
    expect(await readFile(`${directory}/old`, "utf8")).toBe("old");
    expect(await host().files.stat(`${directory}/link`)).toMatchObject({ kind: "file", sizeBytes: 3 });
  });

  it("written many times at once are one of the texts, and no temporary file stays", async () => {
    await using fixture = await createHostFixture(host());
    const path = `${fixture.controlDir}/file`;
    const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(10_000));
    await Promise.all(texts.map((text) => host().files.writeFile(path, text)));
    expect(texts).toContain(await host().files.readText(path));
    expect(await readdir(fixture.controlDir)).toEqual(["file"]);
  });

  it("that cannot be written name the path and the reason, and leave nothing", async () => {
    await using fixture = await createHostFixture(host());
    await mkdir(`${fixture.controlDir}/taken`);
    const missing = host().files.writeFile(`${fixture.directory}/no/file`, "x");
    await expect(missing).rejects.toMatchObject(failed("no/file", "no such file or directory"));
    await expect(host().files.writeFile(`${fixture.controlDir}/taken`, "x")).rejects.toMatchObject(failed("taken"));
    expect(await readdir(fixture.controlDir)).toEqual(["taken"]);
    await expect(host().files.writeFile("/proc/none/file", "x")).rejects.toMatchObject(failed("/proc/none/file"));
  });

  it("lie in directories of 0700 unless told otherwise; what was there keeps its mode", async () => {
    await using fixture = await createHostFixture(host());
    const { directory } = fixture;
    await chmod(fixture.controlDir, 0o750);
    await host().files.makeDirectory(`${fixture.controlDir}/a/b`);
    await host().files.makeDirectory(`${directory}/c/d/`, { mode: 0o777 });
    await host().files.makeDirectory(fixture.controlDir);
    const modes = ["control", "control/a", "control/a/b", "c", "c/d"].map(
      async (name) => (await host().files.stat(`${directory}/${name}`))?.mode,
    );
    expect(await Promise.all(modes)).toEqual([0o750, 0o700, 0o700, 0o777, 0o777]);
    await writeFile(`${directory}/file`, "");
    await expect(host().files.makeDirectory(`${directory}/file`)).rejects.toMatchObject(failed("file"));
  });

  it("are touched: made when missing, brought to now when old", async () => {
    await using fixture = await createHostFixture(host());
    const path = `${fixture.directory}/owner`;
    await host().files.touch(path);
    expect(await host().files.stat(path)).toMatchObject({ kind: "file", mode: 0o600, sizeBytes: 0 });
    await utimes(path, 1, 1);
    expect((await host().files.stat(path))?.mtimeMs).toBe(1_000);
    await host().files.touch(path);
    expect(Math.abs(Date.now() - ((await host().files.stat(path))?.mtimeMs ?? 0))).toBeLessThan(60_000);
  });
}

function describeReading(host: () => Host): void {
  it("that are not there are no failure to read", async () => {
    await using fixture = await createHostFixture(host());
    await writeFile(`${fixture.directory}/file`, "");
    await symlink("loop", `${fixture.directory}/loop`);
    for (const path of ["none", "none/below", "file/below"].map((name) => `${fixture.directory}/${name}`)) {
      expect(await host().files.readText(path)).toBeUndefined();
      expect(await host().files.readTail(path, 10)).toBe("");
      expect(await host().files.stat(path)).toBeUndefined();
      expect(await host().files.realPath(path)).toBeUndefined();
      expect(await host().files.isUsableDirectory(path)).toBe(false);
      await expect(host().files.list(path)).rejects.toMatchObject(failed(path));
    }
    expect(await host().files.realPath(`${fixture.directory}/loop`)).toBeUndefined();
  });

  it("are read up to a limit, which is named when they are larger", async () => {
    await using fixture = await createHostFixture(host());
    const path = `${fixture.directory}/file`;
    await writeFile(path, "1234567890");
    expect(await host().files.readText(path, { maxBytes: 10 })).toBe("1234567890");
    const refusal = host().files.readText(path, { maxBytes: 9 });
    await expect(refusal).rejects.toMatchObject({ code: "too-large", message: expect.stringContaining("9 bytes") });
    await writeFile(path, Buffer.alloc(1024 * 1024 + 1));
    await expect(host().files.readText(path)).rejects.toMatchObject({ code: "too-large" });
  });

  it("are read from the end in whole characters", async () => {
    await using fixture = await createHostFixture(host());
    const path = `${fixture.directory}/log`;
    await writeFile(path, "first\nzwölf 🙂!");
    expect(await host().files.readTail(path, 1_000)).toBe("first\nzwölf 🙂!");
    expect(await host().files.readTail(path, 1)).toBe("!");
    for (const cut of [2, 3, 4]) expect(await host().files.readTail(path, cut)).toBe("!");
    expect(await host().files.readTail(path, 5)).toBe("🙂!");
  });

  it("that are fifos, devices or directories are refused, never waited for", async () => {
    await using fixture = await createHostFixture(host());
    const fifo = `${fixture.directory}/fifo`;
    await host().processes.run({ command: "/usr/bin/mkfifo", args: [fifo], env: {}, timeoutMs: 10_000 });
    for (const path of [fifo, "/dev/zero", fixture.directory]) {
      await expect(host().files.readText(path)).rejects.toMatchObject(failed(path, "not a regular file"));
      await expect(host().files.readTail(path, 1)).rejects.toMatchObject(failed(path, "not a regular file"));
    }
  });

  it("are described without following a link", async () => {
    await using fixture = await createHostFixture(host());
    const { directory } = fixture;
    await symlink(directory, `${directory}/link`);
    await symlink("/nowhere", `${directory}/dangling`);
    const { uid } = await host().facts();
    expect(await host().files.stat(directory)).toMatchObject({ kind: "directory", mode: 0o700, uid });
    expect(await host().files.stat(`${directory}/link`)).toMatchObject({ kind: "symlink" });
    expect(await host().files.stat(`${directory}/dangling`)).toMatchObject({ kind: "symlink" });
    expect(await host().files.stat("/dev/null")).toMatchObject({ kind: "other" });
    expect(await host().files.realPath(`${directory}/link/link`)).toBe(directory);
    expect(await host().files.isUsableDirectory(`${directory}/link`)).toBe(true);
  });
}

function describeRemoving(host: () => Host): void {
  it("are removed with their tree, never through a link", async () => {
    await using fixture = await createHostFixture(host());
    const { directory } = fixture;
    await host().files.makeDirectory(`${directory}/outside`);
    await host().files.makeDirectory(`${directory}/tree/deep/er`);
    await writeFile(`${directory}/outside/kept`, "kept");
    await symlink(`${directory}/outside`, `${directory}/tree/deep/link`);
    await symlink(`${directory}/outside`, `${directory}/link`);
    for (const name of ["tree", "link/", "none", "outside/kept/below"])
      await host().files.remove(`${directory}/${name}`);
    expect((await readdir(directory)).sort()).toEqual(["control", "outside"]);
    expect(await readFile(`${directory}/outside/kept`, "utf8")).toBe("kept");
  });
}

function describeWaiting(host: () => Host): void {
  const timeoutMs = 10_000;

  it("are waited for, whether there, made later, or with parents made later", async () => {
    await using fixture = await createHostFixture(host());
    const { directory } = fixture;
    await host().files.waitForPath(directory, { timeoutMs });
    const waits = ["file", "a/b/c/file", "dangling"].map((name) =>
      host().files.waitForPath(`${directory}/${name}`, { timeoutMs }),
    );
    await writeFile(`${directory}/other`, "");
    await writeFile(`${directory}/file`, "");
    await symlink("/nowhere", `${directory}/dangling`);
    await mkdir(`${directory}/a`);
    await mkdir(`${directory}/a/b/c`, { recursive: true });
    await writeFile(`${directory}/a/b/c/file`, "");
    await Promise.all(waits);
  });

  it("are found although a parent is removed and made again meanwhile", async () => {
    await using fixture = await createHostFixture(host());
    const wait = host().files.waitForPath(`${fixture.directory}/a/file`, { timeoutMs });
    for (let round = 0; round < 20; round += 1) {
      await host().files.makeDirectory(`${fixture.directory}/a`);
      await host().files.remove(`${fixture.directory}/a`);
    }
    await host().files.makeDirectory(`${fixture.directory}/a`);
    await writeFile(`${fixture.directory}/a/file`, "");
    await wait;
  });

  it("are waited for no longer than the time given, or until the abort", async () => {
    await using fixture = await createHostFixture(host());
    const path = `${fixture.directory}/none/file`;
    const late = host().files.waitForPath(path, { timeoutMs: 20 });
    await expect(late).rejects.toMatchObject({ code: "timeout", message: expect.stringContaining(path) });
    const reason = new Error("enough");
    const abort = new AbortController();
    const wait = host().files.waitForPath(path, { timeoutMs, signal: abort.signal });
    abort.abort(reason);
    await expect(wait).rejects.toBe(reason);
  });
}
