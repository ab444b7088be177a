import type { SessionResource } from "./resource.ts";

/** Row 1: the machine. The local one needs no connection; asking for its facts proves that it answers. */
export const hostConnection: SessionResource = {
  name: "hostConnection",
  async acquire({ ctx }) {
    await ctx.platform.host.facts();
  },
};
