import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GENERATORS } from "../scripts/generate/generators.ts";
import { findStaleOutputs, writeOutputs } from "../scripts/generate/outputs.ts";

describe("what is generated and checked in is current", () => {
  test.each(GENERATORS.map((generator) => [generator.name, generator] as const))("%s", async (_name, generator) => {
    expect(await findStaleOutputs(generator)).toEqual([]);
  });
});

test("an output that differs, is missing or is too many is found", async () => {
  const checkout = mkdtempSync(join(tmpdir(), "optio-generated-"));
  const generator = {
    name: "pages",
    outputs: ["page.md", "tree"],
    generate: async (outDir: string) => {
      mkdirSync(join(outDir, "tree"));
      writeFileSync(join(outDir, "page.md"), "new");
      writeFileSync(join(outDir, "tree", "a.ts"), "a");
    },
  };
  try {
    expect(await findStaleOutputs(generator, checkout)).toEqual(["page.md", "tree/a.ts"]);
    await writeOutputs(generator, checkout);
    expect(await findStaleOutputs(generator, checkout)).toEqual([]);
    writeFileSync(join(checkout, "tree", "b.ts"), "left over");
    writeFileSync(join(checkout, "page.md"), "old");
    expect(await findStaleOutputs(generator, checkout)).toEqual(["page.md", "tree/b.ts"]);
  } finally {
    rmSync(checkout, { recursive: true });
  }
});
