// A nightly report, run once now: two children count side by side, a third is a Codex session that writes the text.
// node examples/nightly-report.ts — needs OPENAI_API_KEY, or another provider as JSON in CODEX_CONFIG.
import { readdir } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { ProcessContext, Session } from "@optio/engine";
import { average, createEngine, defineTask, reportChildren } from "@optio/engine";
import { codex, codexTask } from "@optio/engine/codex";

const { OPENAI_API_KEY, CODEX_CONFIG = "{}" } = process.env;
const writer = codexTask({
  id: "writer",
  name: "Writer",
  sandbox: "read-only",
  identity: OPENAI_API_KEY ? { apiKey: OPENAI_API_KEY } : "none",
  codexConfig: JSON.parse(CODEX_CONFIG),
});

const report = defineTask({
  id: "nightly-report",
  name: "Nightly report",
  schedule: { cron: "0 6 * * *", timeZone: "Europe/Berlin", misfire: "once" },
  async execute(ctx) {
    const onProgress = reportChildren(ctx, average());
    await ctx.parallel(
      async (group) => {
        await group.spawn({ id: "files", name: "Count files", execute: (child) => count(child, ".ts") });
        await group.spawn({ id: "notes", name: "Count notes", execute: (child) => count(child, ".md") });
      },
      { onProgress },
    );
    const session = await ctx.runChildForResult<Session>(writer);
    await ctx.blobs.put("report.md", await session.result.ask("Write the report."));
    await session.result.close();
    console.log(await text(await ctx.blobs.get("report.md")));
  },
});

async function count(ctx: ProcessContext, ending: string): Promise<void> {
  const names = await readdir(import.meta.dirname);
  await ctx.reportProgress(100, `${names.filter((name) => name.endsWith(ending)).length} files end with ${ending}`);
}

const engine = await createEngine({ agents: [codex], tasks: [report] });
console.log((await engine.processes.run("nightly-report")).state);
await engine.close();
