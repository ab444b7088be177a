import { readCount } from "./read-count.ts";

const SECOND_MS = 1000;
const MAX_WAIT_S = 60;
const DEFAULT_WAIT_S = "30";

/** What `--wait [seconds]` does, for the help. */
export const WAIT_HELP = `wait for the end, at most ${MAX_WAIT_S} s; fails when it takes longer; default ${DEFAULT_WAIT_S}`;

/** The milliseconds of `--wait [seconds]`; 0 without the flag. @throws `usage`. */
export function readWait(given: string | true | undefined): number {
  if (given === undefined) return 0;
  return readCount(given === true ? DEFAULT_WAIT_S : given, "--wait", MAX_WAIT_S) * SECOND_MS;
}
