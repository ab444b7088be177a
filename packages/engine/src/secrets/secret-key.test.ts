import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSecretKey } from "./secret-key.ts";

const run = promisify(execFile);
const modulePath = join(import.meta.dirname, "secret-key.ts");

describe("the secret key file", () => {
  let directory = "";
  let path = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "optio-key-"));
    path = join(directory, "home", "secret.key");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test("is created with 32 bytes for its owner alone, and read again", async () => {
    const created = await openSecretKey(path);
    const facts = await stat(path);
    expect({ mode: facts.mode & 0o777, size: facts.size }).toEqual({ mode: 0o600, size: 32 });
    expect(created.export().equals(Buffer.alloc(32))).toBe(false);
    expect((await openSecretKey(path)).equals(created)).toBe(true);
    expect(await readdir(join(directory, "home"))).toEqual(["secret.key"]);
  });

  test("is the same for many that create it at once", async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => openSecretKey(path)));
    expect(new Set(keys.map((key) => key.export().toString("hex"))).size).toBe(1);
    expect(await readdir(join(directory, "home"))).toEqual(["secret.key"]);
  });

  test("is the same for OS processes that create it at once", async () => {
    const script = `import(${JSON.stringify(modulePath)}).then(async (m) => console.log((await m.openSecretKey(process.argv[1])).export().toString("hex")))`;
    const outputs = await Promise.all([1, 2, 3].map(() => run(process.execPath, ["-e", script, path])));
    expect(new Set(outputs.map((output) => output.stdout)).size).toBe(1);
    expect(outputs[0]?.stdout.trim()).toHaveLength(64);
  });

  test.each([0o640, 0o604, 0o620])("with mode %o is refused", async (mode) => {
    await openSecretKey(path);
    await chmod(path, mode);
    await expect(openSecretKey(path)).rejects.toMatchObject({
      code: "secret-key-refused",
      message: expect.stringContaining(`its mode is 0${mode.toString(8)} where 0600 is right`),
    });
  });

  test.each([0, 31, 33])("of %i bytes is refused and left as it is", async (size) => {
    path = join(directory, "secret.key");
    await writeFile(path, Buffer.alloc(size, 7), { mode: 0o600 });
    await expect(openSecretKey(path)).rejects.toMatchObject({ code: "secret-key-refused" });
    expect((await stat(path)).size).toBe(size);
  });

  test("that is a link is refused, also when it leads nowhere", async () => {
    const target = join(directory, "target");
    await symlink(target, join(directory, "secret.key"));
    const refusal = { code: "secret-key-refused", message: expect.stringContaining("it is a link") };
    await expect(openSecretKey(join(directory, "secret.key"))).rejects.toMatchObject(refusal);
    await writeFile(target, Buffer.alloc(32, 7), { mode: 0o600 });
    await expect(openSecretKey(join(directory, "secret.key"))).rejects.toMatchObject(refusal);
  });

  test("that is a directory is refused", async () => {
    await expect(openSecretKey(directory)).rejects.toMatchObject({ code: "secret-key-refused" });
  });
});
