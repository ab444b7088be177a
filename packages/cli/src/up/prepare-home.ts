import { chmod, mkdir, realpath, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import { OptioError } from "@optio/contract";

/**
 * Makes the home directory, readable by its user only. Returns a warning for a place that works badly.
 * @throws `host-failed` when it cannot be made or is another user's.
 */
export async function prepareHome(home: string): Promise<string | undefined> {
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    const facts = await stat(home);
    if (!facts.isDirectory()) throw new Error("it is not a directory");
    if (facts.uid !== process.geteuid?.()) throw new Error(`it belongs to user ${facts.uid}`);
    if ((facts.mode & 0o077) !== 0) await chmod(home, 0o700);
    const isTemporary = `${await realpath(home)}/`.startsWith(`${await realpath(tmpdir())}/`);
    return isTemporary
      ? `warning: ${home} is below the temporary directory, where codex lacks some helpers`
      : undefined;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OptioError("host-failed", `the home ${home} cannot be used: ${why}`, {
      cause,
      data: { next: "Name another directory with OPTIO_HOME or --home." },
    });
  }
}
