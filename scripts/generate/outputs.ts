import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../root.ts";
import type { Generator } from "./generator.ts";

/** Runs the generator and replaces its outputs in the checkout. */
export async function writeOutputs(generator: Generator, checkout = root): Promise<void> {
  await withFreshOutputs(generator, (fresh) => {
    for (const output of generator.outputs) {
      rmSync(join(checkout, output), { recursive: true, force: true });
      mkdirSync(dirname(join(checkout, output)), { recursive: true });
      cpSync(join(fresh, output), join(checkout, output), { recursive: true });
    }
  });
}

/** Runs the generator aside; returns the paths that are missing, different or too many in the checkout. */
export async function findStaleOutputs(generator: Generator, checkout = root): Promise<string[]> {
  const stale: string[] = [];
  await withFreshOutputs(generator, (fresh) => {
    for (const output of generator.outputs) {
      const wanted = readTree(join(fresh, output));
      const found = readTree(join(checkout, output));
      const paths = new Set([...wanted.keys(), ...found.keys()]);
      stale.push(...[...paths].filter((path) => wanted.get(path) !== found.get(path)).map((path) => output + path));
    }
  });
  return stale;
}

async function withFreshOutputs(generator: Generator, use: (fresh: string) => void): Promise<void> {
  const fresh = mkdtempSync(join(tmpdir(), "optio-generate-"));
  try {
    await generator.generate(fresh);
    use(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function readTree(path: string, below = ""): Map<string, string> {
  if (!existsSync(path)) return new Map();
  if (statSync(path).isFile()) return new Map([[below, readFileSync(path, "utf8")]]);
  return new Map(readdirSync(path).flatMap((name) => [...readTree(join(path, name), `${below}/${name}`)]));
}
