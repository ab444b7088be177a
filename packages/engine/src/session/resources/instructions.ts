import type { SessionResource } from "./resource.ts";

/** Row 10: the standing instructions, where the agent reads global ones and never in the workspace. */
export const instructions: SessionResource = {
  name: "instructions",
  async acquire({ driver, config }, signal) {
    await driver.writeInstructions(config.instructions, signal);
  },
};
