import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashInputs } from "./dashboard.js";
import { isNewEnough } from "./node-version.js";
import { packagesAreCurrent } from "./packages.js";
import { installCommand, missingPrograms, PROGRAMS } from "./programs.js";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "optio-setup-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function writeLock(file: string, packages: Record<string, object>): void {
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(join(root, file), JSON.stringify({ packages }));
}

test("packages are current only when what npm installed equals the lock file", () => {
  const lock = {
    "": { name: "x" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "1.0.0", optional: true },
  };
  writeLock("package-lock.json", lock);
  expect(packagesAreCurrent(root)).toBe(false);
  writeLock("node_modules/.package-lock.json", { "node_modules/a": { version: "1.0.0", hasInstallScript: true } });
  expect(packagesAreCurrent(root)).toBe(true);
  writeLock("package-lock.json", { ...lock, "node_modules/a": { version: "1.0.1" } });
  expect(packagesAreCurrent(root)).toBe(false);
  writeLock("package-lock.json", { ...lock, "node_modules/c": { version: "1.0.0" } });
  expect(packagesAreCurrent(root)).toBe(false);
});

test("accepts Node 24 and newer, nothing older, nothing absent", () => {
  expect(["v24.0.0", "v26.1.0", "v22.20.0", "v4.0.0", ""].map(isNewEnough)).toEqual([true, true, false, false, false]);
});

test("names the missing programs of a purpose with the command that installs them", () => {
  const missing = missingPrograms("test", (command) => command === "git");
  expect(missing.map((program) => program.name)).toEqual(["Chromium"]);
  expect(installCommand(missing)).toMatch(/^(sudo )?apt-get install -y --no-install-recommends chromium$/);
  expect(missingPrograms("test", () => true)).toEqual([]);
});

test("starting requires no system program", () => {
  expect(PROGRAMS.filter((program) => program.required.includes("start"))).toEqual([]);
});

test("the dashboard's hash follows names and contents of its sources, not its tests or its output", () => {
  mkdirSync(join(root, "app/src"), { recursive: true });
  writeFileSync(join(root, "app/src/a.ts"), "1");
  const before = hashInputs(root, ["app", "absent"]);
  mkdirSync(join(root, "app/dist"));
  writeFileSync(join(root, "app/dist/a.js"), "1");
  writeFileSync(join(root, "app/src/a.test.ts"), "1");
  expect(hashInputs(root, ["app", "absent"])).toBe(before);
  writeFileSync(join(root, "app/src/a.ts"), "2");
  const changed = hashInputs(root, ["app", "absent"]);
  expect(changed).not.toBe(before);
  writeFileSync(join(root, "app/src/b.ts"), "");
  expect(hashInputs(root, ["app", "absent"])).not.toBe(changed);
});
