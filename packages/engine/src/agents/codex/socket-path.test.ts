import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { createLocalHost } from "../../host/local/local-host.ts";
import { clearSocket, makeLinkDirectory, socketPlace } from "./socket-path.ts";

describe("codex's socket", () => {
  it("is named after the link's path", () => {
    // the example of facts/containment.md §0, measured
    const { link, socket } = socketPlace("/tmp", 1000);
    expect(link).toBe("/tmp/s");
    expect(socket).toMatch(/^\/tmp\/codex-daemon-1000\/[0-9a-f]{64}$/);
    expect(socketPlace("/tmp", 1000)).toEqual({ link, socket, lock: `${socket}.lock` });
    expect(socketPlace("/tmp/other", 1000).socket).not.toBe(socket);
  });

  it("has a short link where the control directory's path is long", () => {
    const { link } = socketPlace(`/${"d".repeat(200)}`, 7);
    expect(link).toMatch(/^\/tmp\/optio-7\/[0-9a-f]{32}\/s$/);
  });

  it("refuses a runtime directory that others can write to", async () => {
    const host = createLocalHost();
    const { uid } = await host.facts();
    const control = `/${"d".repeat(200)}/${process.pid}`;
    const place = socketPlace(control, uid);
    const directory = dirname(place.link);
    try {
      await makeLinkDirectory(host, place, control);
      await makeLinkDirectory(host, place, control);
      await chmod(directory, 0o777);
      await expect(makeLinkDirectory(host, place, control)).rejects.toMatchObject({ code: "socket-refused" });
      await rm(directory, { recursive: true });
      await symlink("/var/tmp", directory);
      await expect(makeLinkDirectory(host, place, control)).rejects.toMatchObject({ code: "socket-refused" });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it("is cleared with its lock and link, also when nothing is there", async () => {
    const host = createLocalHost();
    const base = `/var/tmp/optio-socket-${process.pid}`;
    const place = { link: `${base}/link`, socket: `${base}/socket`, lock: `${base}/socket.lock` };
    await mkdir(base);
    try {
      await clearSocket(host, place);
      await writeFile(place.socket, "");
      await writeFile(place.lock, "");
      await symlink(place.socket, place.link);
      await clearSocket(host, place);
      expect(await host.files.list(base)).toEqual([]);
    } finally {
      await rm(base, { recursive: true });
    }
  });
});
