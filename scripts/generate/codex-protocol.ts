import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root } from "../root.ts";
import type { Generator } from "./generator.ts";

const OUTPUT = "packages/engine/src/agents/codex/protocol";
/** Codex refuses a home below the temp directory. */
const HOMES = "/var/tmp";

/** The app-server's protocol types, as the pinned codex binary writes them. */
export const codexProtocol: Generator = {
  name: "codex-protocol",
  outputs: [OUTPUT],
  generate: async (outDir) => {
    const home = mkdtempSync(join(HOMES, "optio-generate-"));
    const out = join(outDir, OUTPUT);
    mkdirSync(out, { recursive: true });
    try {
      execFileSync(process.execPath, [codexLauncher(), "app-server", "generate-ts", "--experimental", "--out", out], {
        env: { PATH: process.env.PATH, HOME: home, CODEX_HOME: home },
        stdio: ["ignore", "ignore", "pipe"],
      });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
};

function codexLauncher(): string {
  const require = createRequire(join(root, "packages/engine/package.json"));
  return join(dirname(require.resolve("@openai/codex/package.json")), "bin", "codex.js");
}
