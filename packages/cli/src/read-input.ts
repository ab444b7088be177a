import { text } from "node:stream/consumers";
import { OptioError } from "@optio/contract";
import type { CliContext } from "./context.ts";

/** All of standard input without the last line feed. @throws `cancelled` when the program is told to stop meanwhile. */
export async function readInput(context: CliContext): Promise<string> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new OptioError("cancelled", "stopped while reading standard input"));
  context.signal.addEventListener("abort", stop, { once: true });
  try {
    return (await Promise.race([text(context.stdin), stopped])).replace(/\n$/, "");
  } finally {
    context.signal.removeEventListener("abort", stop);
  }
}
