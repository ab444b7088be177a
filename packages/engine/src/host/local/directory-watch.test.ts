import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { DirectoryWatch } from "./directory-watch.ts";

const LONG_MS = 20_000;

it("remembers a change that came before it was asked for", async () => {
  const directory = await mkdtemp("/var/tmp/optio-watch-");
  using watch = new DirectoryWatch(directory, "file");
  await writeFile(`${directory}/file`, "1");
  await watch.changed(LONG_MS);
  const next = watch.changed(LONG_MS);
  await writeFile(`${directory}/file`, "2");
  await next;
  await rm(directory, { recursive: true });
});

it("tells the end of the directory itself", async () => {
  const directory = await mkdtemp("/var/tmp/optio-watch-");
  using watch = new DirectoryWatch(directory, "file");
  await rm(directory, { recursive: true });
  await watch.changed(LONG_MS);
});

it("looks again soon where nothing can be watched, and at last when nothing changes", async () => {
  using unwatched = new DirectoryWatch("/nowhere/at/all", "file");
  await unwatched.changed(LONG_MS);
  using quiet = new DirectoryWatch("/proc", "file");
  await quiet.changed(1);
});

it("gives up on abort", async () => {
  const reason = new Error("enough");
  const abort = new AbortController();
  using watch = new DirectoryWatch("/var/tmp", "optio-no-such-name");
  const change = watch.changed(LONG_MS, abort.signal);
  abort.abort(reason);
  await expect(change).rejects.toBe(reason);
  await expect(watch.changed(LONG_MS, abort.signal)).rejects.toBe(reason);
});
