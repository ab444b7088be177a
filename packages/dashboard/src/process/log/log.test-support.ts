import type { LogLine } from "@optio/contract";
import { at } from "../../thread/golden.test-support.ts";

/** Lines `from` to `to`, both included. */
export function lines(from: number, to: number, run = 1): LogLine[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => {
    const seq = from + index;
    return { seq, at: at(seq), run, level: "info", message: `line ${seq}` };
  });
}
