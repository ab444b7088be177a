import { posix } from "node:path";
import type { SourceFile } from "./source-file.ts";
import { importsOf } from "./source-file.ts";

/** The layers of design §3, left to right: a unit may import every layer to its left, never a sibling. */
const LAYERS: readonly (readonly string[])[] = [
  ["contract"],
  ["engine/kernel"],
  ["engine/store", "engine/secrets", "engine/host", "engine/dispatch"],
  ["engine/process"],
  ["engine/agent"],
  ["engine/session"],
  ["engine/create-engine"],
  ["server"],
  ["cli"],
];

/** The only names under which packages import each other, and the unit behind each. */
const EXPORTS: Readonly<Record<string, string>> = {
  "@optio/contract": "contract",
  "@optio/engine": "engine/create-engine",
  "@optio/engine/codex": "engine/agents/codex",
  "@optio/engine/scripted-model": "engine/scripted-model",
  "@optio/engine/testing": "engine/testing",
  "@optio/server": "server",
};

const SYSTEM_MODULES = ["fs", "fs/promises", "child_process", "net", "@lydell/node-pty"];
const SYSTEM_UNITS = [
  "engine/kernel",
  "engine/store",
  "engine/secrets",
  "engine/host",
  "engine/scripted-model",
  "engine/testing",
  "cli",
];
const SERVER_STATIC_FILES = /^packages\/server\/src\/(.*\/)?static[^/]*\.ts$/;

/** What breaks the layer rule, the fixed export names or the place of system modules: one line each. */
export function layerViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const unit = unitOf(file.path);
    if (unit === undefined) return [`${file.path} is in no layer`];
    return importsOf(file).flatMap((specifier) => importViolations(file.path, unit, specifier));
  });
}

/** Cycles between the top folders of one package, as "a → b → a"; files directly in src are not part of a folder. */
export function folderCycles(files: readonly SourceFile[]): string[] {
  const edges = new Map<string, Set<string>>();
  for (const file of files) {
    const from = topFolderOf(file.path);
    if (from === undefined) continue;
    for (const specifier of importsOf(file).filter(isRelative)) {
      const to = topFolderOf(resolveRelative(file.path, specifier));
      if (to !== undefined && to !== from) edges.set(from, (edges.get(from) ?? new Set()).add(to));
    }
  }
  return [...edges.keys()].sort().flatMap((start) => {
    const path = pathBack(edges, start, [start]);
    return path === undefined ? [] : [path.join(" → ")];
  });
}

/** The unit of the layer rule that a file belongs to; undefined when the design names none for it. */
export function unitOf(path: string): string | undefined {
  const [, packageName, , ...rest] = path.split("/");
  if (packageName !== "engine") {
    return ["contract", "server", "cli", "dashboard"].find((name) => name === packageName);
  }
  const [folder, second] = rest;
  if (folder === undefined || rest.length === 1) return "engine/create-engine";
  if (folder === "agents") return rest.length === 2 ? undefined : `engine/agents/${second}`;
  const known = [...LAYERS.flat(), "engine/scripted-model", "engine/testing"];
  return known.find((unit) => unit === `engine/${folder}`);
}

/** True when design §3 lets one unit import another. */
export function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  if (to === "engine/testing") return false;
  if (from === "dashboard") return to === "contract";
  if (from === "engine/scripted-model") return to === "engine/kernel";
  if (from === "engine/testing")
    return !to.startsWith("engine/agents/") && (to.startsWith("engine/") || to === "contract");
  if (to.startsWith("engine/agents/") || to === "engine/scripted-model") return from === "cli";
  const last = from.startsWith("engine/agents/") ? layerOf("engine/session") : layerOf(from) - 1;
  return layerOf(to) !== -1 && layerOf(to) <= last;
}

function importViolations(path: string, unit: string, specifier: string): string[] {
  const violation = (rule: string) => [`${path} imports "${specifier}": ${rule}`];
  if (SYSTEM_MODULES.includes(specifier.replace(/^node:/, ""))) {
    const allowed = SYSTEM_UNITS.includes(unit) || SERVER_STATIC_FILES.test(path);
    return allowed ? [] : violation("files, processes and sockets are reached through a host");
  }
  if (specifier.startsWith("@optio/")) {
    const target = Object.hasOwn(EXPORTS, specifier) ? EXPORTS[specifier] : undefined;
    if (target === undefined) return violation("not one of the fixed export names");
    if (packageOf(target) === packageOf(unit)) return violation("a package imports its own files by path");
    return mayImport(unit, target) ? [] : violation(`${unit} may not import ${target}`);
  }
  if (!isRelative(specifier)) return [];
  const resolved = resolveRelative(path, specifier);
  const target = unitOf(resolved);
  if (!resolved.startsWith(`packages/${packageOf(unit)}/`)) return violation("packages import each other by name");
  if (target === undefined) return violation("in no layer");
  return mayImport(unit, target) ? [] : violation(`${unit} may not import ${target}`);
}

function layerOf(unit: string): number {
  return LAYERS.findIndex((layer) => layer.includes(unit));
}

function packageOf(unit: string): string | undefined {
  return unit.split("/")[0];
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith(".");
}

function resolveRelative(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

function topFolderOf(path: string): string | undefined {
  const [, packageName, , folder, file] = path.split("/");
  return file === undefined ? undefined : `${packageName}/${folder}`;
}

function pathBack(edges: ReadonlyMap<string, ReadonlySet<string>>, at: string, path: string[]): string[] | undefined {
  for (const next of edges.get(at) ?? []) {
    if (next === path[0]) return [...path, next];
    if (path.includes(next)) continue;
    const found = pathBack(edges, next, [...path, next]);
    if (found !== undefined) return found;
  }
  return undefined;
}
