import type { SessionResource } from "./resource.ts";

/** Row 3: what a resumed run goes on with. Home, workspace and thread are those of the earlier run, on this machine's disk. */
export const past: SessionResource = {
  name: "past",
  async acquire({ ctx, resumed, board, manifest }, signal) {
    // an earlier run that ended by force may have left its program: never two of them on one thread
    if (resumed) await ctx.platform.host.processes.killMarked(manifest.dirs.taskDir, signal);
    if (!resumed && board.facts.resumeFrom !== null) {
      await ctx.log("warning", "resume was asked for, but nothing was said in the earlier run: this is a fresh start");
    }
  },
};
