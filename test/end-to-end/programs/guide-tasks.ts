// Counts the words of some texts, each in a child of its own; a resume goes on with what an earlier run counted.
import { text as readText } from "node:stream/consumers";
import type { ProcessContext } from "@optio/engine";
import { average, createEngine, defineTask, reportChildren } from "@optio/engine";

type Counts = Record<string, number>;

const countWords = defineTask({
  id: "count-words",
  name: "Count words",
  params: { texts: { first: "one two", second: "three", third: "four five six" } },
  supportsResume: true,
  async execute(ctx) {
    const counts = ctx.resume ? await readCounts(ctx) : {};
    const missing = Object.entries(ctx.params.texts).filter(([name]) => !(name in counts));
    await ctx.parallel(
      async (group) => {
        for (const [id, text] of missing) {
          await group.spawn({ id, name: `Count ${id}`, execute: (child) => countOne(child, text, counts, id) });
        }
      },
      { concurrency: 2, onProgress: reportChildren(ctx, average()) },
    );
    await ctx.blobs.put("counts.json", JSON.stringify(counts));
    await ctx.markSavedState();
    ctx.publishResult({ counted: missing.length, counts });
  },
});

async function countOne(child: ProcessContext, text: string, counts: Counts, name: string): Promise<void> {
  child.signal.throwIfAborted();
  const words = text.split(" ").length;
  counts[name] = words;
  await child.reportProgress(100, `${words} words`);
}

async function readCounts(ctx: Pick<ProcessContext, "blobs">): Promise<Counts> {
  return JSON.parse(await readText(await ctx.blobs.get("counts.json")));
}

const engine = await createEngine({ tasks: [countWords] });
for (const resume of [false, true]) {
  console.log(JSON.stringify(await engine.processes.launchForResult("count-words", { resume })));
  await engine.processes.waitForEnd("count-words");
}
const { items } = await engine.processes.log("count-words.third", { limit: 10 });
console.log(items.map(({ message }) => message).join("\n"));
await engine.close();
