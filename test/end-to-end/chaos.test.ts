import { expect, test } from "vitest";
import { runChaos, summaryOf } from "../chaos/run-chaos.ts";

test("a scripted run whose server is killed at every moment has exactly the items of its script", async () => {
  const result = await runChaos({ turns: 14, kills: 6, seed: 7 });
  expect(result.problems, `${result.log}\n${summaryOf(result, 7)}`).toEqual([]);
  expect(result.kills).toEqual({ "before-send": 1, streaming: 1, tool: 1, approval: 1, queue: 1, random: 1 });
});
