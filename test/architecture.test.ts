import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderCycles, layerViolations, mayImport, unitOf } from "./architecture/layers.ts";
import { sizeViolations, stateViolations } from "./architecture/shape.ts";
import { importsOf, parseSource, readSources, sourcePaths } from "./architecture/source-file.ts";
import { vendorNameViolations } from "./architecture/vendor-names.ts";

const checkout = dirname(import.meta.dirname);

describe("the sources", () => {
  const files = readSources(checkout);

  test("of all five packages are looked at", () => {
    const packages = new Set(files.map((file) => file.path.split("/")[1]));
    expect([...packages].sort()).toEqual(["cli", "contract", "dashboard", "engine", "server"]);
  });

  test("import only what is to their left", () => {
    expect(layerViolations(files)).toEqual([]);
  });

  test("have no import cycle between the top folders of a package", () => {
    expect(folderCycles(files)).toEqual([]);
  });

  test("name no vendor outside the folders made for it", () => {
    const texts = sourcePaths(checkout).map((path) => ({ path, text: readFileSync(join(checkout, path), "utf8") }));
    expect(vendorNameViolations(texts)).toEqual([]);
  });

  test("keep files and functions short", () => {
    expect(sizeViolations(files)).toEqual([]);
  });

  test("have no module-level mutable state", () => {
    expect(stateViolations(files)).toEqual([]);
  });
});

describe("the checks fail when they should", () => {
  const engine = (path: string, text: string) => parseSource(`packages/engine/src/${path}`, text);

  test("imports are found in every form", () => {
    const text = `
      import a from "1"; import type { B } from "2"; export * from "3"; export { c } from "4";
      export type { D } from "5"; const e = await import("6"); type F = import("7").F; import "8";`;
    expect(importsOf(engine("x.ts", text))).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
  });

  test.each([
    ["contract", "engine/kernel", false],
    ["engine/kernel", "contract", true],
    ["engine/store", "engine/kernel", true],
    ["engine/store", "engine/host", false],
    ["engine/process", "engine/store", true],
    ["engine/store", "engine/process", false],
    ["engine/session", "engine/agent", true],
    ["engine/agents/codex", "engine/session", true],
    ["engine/agents/codex", "engine/create-engine", false],
    ["engine/agents/codex", "engine/agents/other", false],
    ["engine/agents/codex", "engine/scripted-model", false],
    ["engine/create-engine", "engine/agents/codex", false],
    ["engine/scripted-model", "engine/kernel", true],
    ["engine/scripted-model", "contract", false],
    ["engine/testing", "engine/session", true],
    ["engine/testing", "engine/agents/codex", false],
    ["engine/session", "engine/testing", false],
    ["dashboard", "contract", true],
    ["dashboard", "engine/create-engine", false],
    ["server", "engine/create-engine", true],
    ["server", "engine/agents/codex", false],
    ["cli", "engine/agents/codex", true],
    ["cli", "server", true],
    ["cli", "dashboard", false],
  ])("%s → %s: %s", (from, to, allowed) => {
    expect(mayImport(from, to)).toBe(allowed);
  });

  test("a folder that the design does not name is in no layer", () => {
    expect(unitOf("packages/engine/src/utils/x.ts")).toBeUndefined();
    expect(unitOf("packages/extra/src/x.ts")).toBeUndefined();
    expect(layerViolations([engine("utils/x.ts", "")])).toEqual(["packages/engine/src/utils/x.ts is in no layer"]);
  });

  test.each([
    ["store/a.ts", `import type { H } from "../host/host.ts"`, "engine/store may not import engine/host"],
    ["kernel/a.ts", `export * from "../store/a.ts"`, "engine/kernel may not import engine/store"],
    ["process/a.ts", `import "../../../contract/src/ids.ts"`, "packages import each other by name"],
    ["process/a.ts", `import "@optio/contract/ids"`, "not one of the fixed export names"],
    ["process/a.ts", `import "@optio/engine"`, "a package imports its own files by path"],
    ["process/a.ts", `import "@optio/server"`, "engine/process may not import server"],
    ["session/a.ts", `import "node:fs/promises"`, "reached through a host"],
    ["agents/codex/a.ts", `const net = await import("node:net")`, "reached through a host"],
  ])("%s with %s is refused", (path, text, rule) => {
    expect(layerViolations([engine(path, text)])).toEqual([expect.stringContaining(rule)]);
  });

  test("system modules are at home in hosts, the store and the server's static files", () => {
    const text = `import "node:fs"; import "node:child_process"; import "node:path";`;
    const allowed = [engine("host/local/a.ts", text), engine("store/a.ts", text)];
    expect(layerViolations([...allowed, parseSource("packages/server/src/static-files.ts", text)])).toEqual([]);
    expect(layerViolations([parseSource("packages/server/src/routes/a.ts", text)])).toHaveLength(2);
  });

  test("a cycle between folders is named with its way round", () => {
    const files = ["a", "b", "c"].map((name, index) =>
      parseSource(`packages/server/src/${name}/x.ts`, `import "../${["b", "c", "a"][index]}/x.ts";`),
    );
    expect(folderCycles(files)[0]).toBe("server/a → server/b → server/c → server/a");
    expect(folderCycles(files.slice(0, 2))).toEqual([]);
  });

  test("vendor names are refused in code, strings, comments and file names, but not the product's own", () => {
    const path = "packages/engine/src/session/session.ts";
    const text = "const startCodex = 1;\n// OpenAI\nconst name = 'optio-codex';";
    expect(vendorNameViolations([{ path, text }])).toHaveLength(2);
    expect(vendorNameViolations([{ path: "packages/engine/src/session/codex.ts", text: "" }])).toHaveLength(1);
    expect(vendorNameViolations([{ path: "packages/engine/src/agents/codex/index.ts", text }])).toEqual([]);
  });

  test("long files, functions and components are refused", () => {
    const body = (lines: number) => `export function f() {\n${"  f();\n".repeat(lines - 2)}}\n`;
    expect(sizeViolations([engine("kernel/a.ts", body(60))])).toEqual([]);
    expect(sizeViolations([engine("kernel/a.ts", body(61))])).toHaveLength(1);
    expect(sizeViolations([parseSource("packages/dashboard/src/a.tsx", body(120))])).toEqual([]);
    expect(sizeViolations([parseSource("packages/dashboard/src/a.tsx", body(121))])).toHaveLength(1);
    expect(sizeViolations([engine("kernel/a.ts", "f();\n".repeat(401))])).toHaveLength(1);
  });

  test("module-level state is refused: let, var and containers that start empty", () => {
    const refused = [
      "let a = 1;",
      "export let b;",
      "var c;",
      "const d = new Map();",
      "export const e = [];",
      "const f = {};",
    ];
    for (const text of refused) expect(stateViolations([engine("kernel/a.ts", text)]), text).toHaveLength(1);
    const allowed = "const a = new Set([1]); const b = [1]; export const c = { d: 1 }; function f() { let g; }";
    expect(stateViolations([engine("kernel/a.ts", allowed)])).toEqual([]);
  });
});
