import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { killLeftovers, leftoverLine, markedEnvironment, waitForLeftovers } from "./leftovers.ts";

test("finds and kills a detached process that carries the marker, and no other", async () => {
  const { marker, env } = markedEnvironment(process.env);
  const marked = spawn("sleep", ["300"], { env: { PATH: env.PATH }, detached: true, stdio: "ignore" });
  const foreign = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
  try {
    await Promise.all([once(marked, "spawn"), once(foreign, "spawn")]);
    expect(await waitForLeftovers(marker, 0)).toEqual([marked.pid]);
    expect(leftoverLine(marked.pid ?? 0)).toContain("sleep 300");
    const ended = once(marked, "exit");
    killLeftovers(marker);
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(await waitForLeftovers(marker)).toEqual([]);
    expect(foreign.exitCode).toBeNull();
  } finally {
    marked.kill("SIGKILL");
    foreign.kill("SIGKILL");
  }
});
