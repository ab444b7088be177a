import { execFile } from "node:child_process";
import { chmod, chown, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const NOBODY = 65_534;

it("removes a tree that a tool made read-only, without touching what a link in it leads to", async () => {
  const directory = await mkdtemp("/var/tmp/optio-files-");
  await mkdir(`${directory}/outside`);
  await mkdir(`${directory}/tree/cache`, { recursive: true });
  await writeFile(`${directory}/tree/cache/file`, "");
  await symlink(`${directory}/outside`, `${directory}/tree/cache/link`);
  // root may remove anything: there the removal is done by an account that may not
  const isRoot = process.getuid?.() === 0;
  if (isRoot)
    for (const name of ["", "/outside", "/tree", "/tree/cache"]) await chown(directory + name, NOBODY, NOBODY);
  for (const name of ["outside", "tree/cache", "tree"]) await chmod(`${directory}/${name}`, 0o555);
  const code = `const { localFiles } = await import(${JSON.stringify(join(import.meta.dirname, "local-files.ts"))});
    if (${isRoot}) process.setuid(${NOBODY});
    await localFiles.remove(${JSON.stringify(`${directory}/tree`)});`;
  await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code]);
  await expect(lstat(`${directory}/tree`)).rejects.toMatchObject({ code: "ENOENT" });
  expect((await lstat(`${directory}/outside`)).mode & 0o777).toBe(0o555);
  await rm(directory, { recursive: true });
});
